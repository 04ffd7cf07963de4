// Command bench compares redpoll with other Go clients for Redis and Valkey.
//
//	go run .                     # everything, under five minutes
//	go run . -quick              # a first impression, under a minute
//	go run . -large string       # values of 1 KiB to 16 MiB
//	go run . mixed               # small reads beside callers with large values
//	go run . deadlink            # how long until calls succeed again after connections have died
//	go run . pubsub              # what a published message costs a subscriber
//	go run . cluster             # calls, MGET and pipelines over a cluster of three nodes
//	go run . firstreply          # how many round trips a new client takes for its first reply
//	go run . ring                # what a GET costs that goes to one of several servers
//	go run . copy                # what a SET costs that goes to all of several servers
//	go run . -workloads get,set -callers 64 -peers redpoll,rueidis -placement one
//
// README.md says how it measures and how to read the tables.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
)

// workerCommand is the first argument of the process that measures.
const workerCommand = "worker"

func main() {
	if err := dispatch(os.Args[1:]); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func dispatch(args []string) error {
	if len(args) > 0 {
		switch args[0] {
		case pinCommand:
			return becomePinned(args[1:])
		case workerCommand:
			return work(os.Stdin, os.Stdout, os.Stderr)
		case deadLinkCommand:
			return runDeadLink(args[1:], os.Stdout)
		case mixedCommand:
			return runMixed(args[1:], os.Stdout)
		case mixedWorkerCommand:
			return workMixed(os.Stdin, os.Stdout, os.Stderr)
		case pubSubCommand:
			return runPubSub(args[1:], os.Stdout)
		case clusterCommand:
			return runCluster(args[1:], os.Stdout)
		case firstReplyCommand:
			return runFirstReply(args[1:], os.Stdout)
		case copyCommand:
			return runCopy(args[1:], os.Stdout)
		case ringCommand:
			return runRing(args[1:], os.Stdout)
		}
	}
	return compare(args)
}

// work is the measuring process: a plan comes in, a placement's report goes out.
func work(in io.Reader, out, log io.Writer) error {
	var p plan
	if err := json.NewDecoder(in).Decode(&p); err != nil {
		return fmt.Errorf("read the plan: %w", err)
	}
	if p.Procs > 0 {
		runtime.GOMAXPROCS(p.Procs)
	}
	r, err := p.run(log)
	if err != nil {
		return err
	}
	return json.NewEncoder(out).Encode(r)
}
