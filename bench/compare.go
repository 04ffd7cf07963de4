package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/redpoll-go/redpoll/redpolltest"
)

// choice has the settings of the command line.
type choice struct {
	plan       plan
	placements []placement
	transports []bool // whether the clients use TLS, in the order of the runs
	base       string // revision to compare with; "" if there is none
	json, svg  string
	quiet      bool
}

// quickWorkloads are the workloads of -quick: one small read, one write, one large reply, and the calls of
// request handlers.
const quickWorkloads = "get,set,get-ctx-each,mget-100"

// lists are the flags with several names, separated by commas; "" means the default.
type lists struct {
	workloads, callers, peers, placements, transports string
}

// fill sets the lists that are empty.
func (l *lists) fill(defaults lists) {
	l.workloads = cmp.Or(l.workloads, defaults.workloads)
	l.callers = cmp.Or(l.callers, defaults.callers)
	l.peers = cmp.Or(l.peers, defaults.peers)
	l.placements = cmp.Or(l.placements, defaults.placements)
	l.transports = cmp.Or(l.transports, defaults.transports)
}

// parseChoice reads the command line and checks every name in it.
func parseChoice(args []string, errOut io.Writer) (choice, error) {
	var c choice
	var l lists
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(errOut)
	quick := flags.Bool("quick", false, "under a minute: "+quickWorkloads+", fewer rounds")
	large := flags.String("large", "",
		"values of 1 KiB to 16 MiB ("+largeSizeNames()+"), taken and given as string, bytes or both: "+
			"callers "+largeCallers+", peers "+largePeers+", without and with TLS, placement one, "+
			strconv.Itoa(largeRounds)+" rounds")
	flags.StringVar(&l.workloads, "workloads", "",
		"comma-separated: "+strings.Join(workloadNames(workloads), ",")+
			" (default: these), and get-SIZE, set-SIZE, get-SIZE-bytes, set-SIZE-bytes with a SIZE of -large")
	flags.StringVar(&l.callers, "callers", "", "comma-separated numbers of callers (default 1,8,64,512)")
	flags.StringVar(&l.peers, "peers", "", "comma-separated (default: all): "+strings.Join(peerNames(), ","))
	flags.StringVar(&l.transports, "transport", "", "comma-separated: plain, tls (default plain)")
	against := flags.String("against", "",
		"the peer that the others are compared with (default: the first one)")
	flags.StringVar(&c.base, "base", "",
		"a git revision: compare this version of redpoll with that one (default then: "+
			"workloads "+baseWorkloads+", placement one, "+strconv.Itoa(baseRounds)+
			" rounds, no other library)")
	flags.StringVar(&l.placements, "placement", "",
		"comma-separated: one, free, split (default one,free; without pinning: free)")
	flags.IntVar(&c.plan.Rounds, "rounds", 0,
		"rounds per placement (default: as many as fit into -time, at least 3)")
	total := flags.Duration("time", 0, "time for all placements (default 3m30s, -quick 40s)")
	flags.DurationVar(&c.plan.Slice, "slice", 0, "shortest slice (default 25ms, -quick 15ms)")
	flags.DurationVar(&c.plan.Spin, "spin", 80*time.Microsecond, "Options.Spin of the redpoll-spin row")
	flags.DurationVar(&c.plan.Rest, "rest", 300*time.Millisecond,
		"how long a client rests before its idle memory is taken")
	flags.IntVar(&c.plan.Procs, "procs", 0,
		"GOMAXPROCS of the measuring process (default: Go's own choice, the CPUs it may use)")
	ballastSize := flags.Int("ballast", 64, "MiB of live heap beside the clients")
	flags.StringVar(&c.json, "json", "", "write the report to this file")
	flags.StringVar(&c.svg, "svg", "", "write a chart of the CPU ratios to this file")
	flags.BoolVar(&c.quiet, "q", false, "no progress on standard error")
	if err := flags.Parse(args); err != nil {
		return c, err
	}
	if flags.NArg() > 0 {
		return c, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	c.plan.IdleTimes = 3
	if err := c.fillLarge(&l, *large); err != nil {
		return c, err
	}
	c.fillBase(&l)
	if *quick {
		c.plan.IdleTimes = min(c.plan.IdleTimes, 1)
		*total = cmp.Or(*total, 40*time.Second)
		l.fill(lists{workloads: quickWorkloads})
		c.plan.Slice = cmp.Or(c.plan.Slice, 15*time.Millisecond)
	}
	c.plan.Slice = cmp.Or(c.plan.Slice, 25*time.Millisecond)
	*total = cmp.Or(*total, 210*time.Second)
	c.plan.Ballast = *ballastSize << 20
	err := errors.Join(
		c.chooseWorkloads(l.workloads),
		c.chooseCallers(l.callers),
		c.choosePeers(l.peers, *against),
		c.choosePlacements(l.placements),
		c.chooseTransports(l.transports),
	)
	if err != nil {
		return c, err
	}
	c.plan.Time = *total / time.Duration(len(c.placements)*len(c.transports))
	return c, nil
}

// onePlacement returns the default of the runs that judge code: see placement.go.
func onePlacement() string {
	if pinning {
		return "one"
	}
	return ""
}

// fillLarge sets all flags that are not set for -large; form is its value.
func (c *choice) fillLarge(l *lists, form string) error {
	if form == "" {
		return nil
	}
	names, err := largeNames(form)
	if err != nil {
		return err
	}
	defaults := lists{
		workloads: strings.Join(names, ","), callers: largeCallers, peers: largePeers,
		placements: onePlacement(), transports: "plain,tls",
	}
	if c.base != "" {
		defaults.peers = "" // the peers of -base
	}
	l.fill(defaults)
	c.plan.Rounds = cmp.Or(c.plan.Rounds, largeRounds)
	c.plan.IdleTimes = 0 // the idle memory does not depend on the size of values
	return nil
}

// fillBase sets all flags that are not set for -base.
func (c *choice) fillBase(l *lists) {
	if c.base == "" {
		return
	}
	c.plan.Rounds = cmp.Or(c.plan.Rounds, baseRounds)
	l.fill(lists{
		workloads:  baseWorkloads,
		peers:      strings.Join([]string{"redpoll", "redpoll-again", basePeerName}, ","),
		placements: onePlacement(),
	})
}

func workloadNames(of []workload) (names []string) {
	for _, w := range of {
		names = append(names, w.name)
	}
	return names
}

func peerNames() (names []string) {
	for _, p := range allPeers() {
		names = append(names, p.name)
	}
	return names
}

// pick splits a comma-separated list; an empty list means the usual names.
func pick(kind, list string, usual, all []string) ([]string, error) {
	if list == "" {
		return usual, nil
	}
	names := strings.Split(list, ",")
	for _, name := range names {
		if !slices.Contains(all, name) {
			return nil, fmt.Errorf("no %s %q: there are %s", kind, name, strings.Join(all, ", "))
		}
	}
	return names, nil
}

func (c *choice) chooseWorkloads(list string) (err error) {
	c.plan.Workloads, err = pick("workload", list, workloadNames(workloads), workloadNames(allWorkloads()))
	return err
}

func (c *choice) chooseCallers(list string) error {
	if list == "" {
		c.plan.Callers = []int{1, 8, 64, 512}
		return nil
	}
	for text := range strings.SplitSeq(list, ",") {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			return fmt.Errorf("callers: %q is not a positive number", text)
		}
		c.plan.Callers = append(c.plan.Callers, n)
	}
	return nil
}

func (c *choice) choosePeers(list, base string) error {
	all := peerNames()
	if c.base != "" && len(basePeers) == 0 {
		all = append(all, basePeerName) // this peer comes later: see compareWithBase
	}
	names, err := pick("peer", list, all, all)
	if err != nil {
		return err
	}
	if base == "" {
		base = names[0]
	}
	if !slices.Contains(names, base) {
		return fmt.Errorf("base %q is not among the peers", base)
	}
	c.plan.Peers, c.plan.Base = names, base
	return nil
}

func (c *choice) choosePlacements(list string) error {
	if list == "" {
		list = "free"
		if pinning {
			list = "one,free"
		}
	}
	cpus, err := allowedCPUs()
	if err != nil {
		return err
	}
	for name := range strings.SplitSeq(list, ",") {
		p, err := findPlacement(name, cpus)
		if err != nil {
			return err
		}
		c.placements = append(c.placements, p)
	}
	return nil
}

func (c *choice) chooseTransports(list string) error {
	for name := range strings.SplitSeq(cmp.Or(list, "plain"), ",") {
		if name != "plain" && name != "tls" {
			return fmt.Errorf("no transport %q: there are plain and tls", name)
		}
		c.transports = append(c.transports, name == "tls")
	}
	return nil
}

// compare runs every placement in its own process, prints the tables and writes the files.
func compare(args []string) error {
	c, err := parseChoice(args, os.Stderr)
	if err != nil {
		return err
	}
	if c.base != "" && len(basePeers) == 0 {
		return compareWithBase(c.base, args)
	}
	var log io.Writer = os.Stderr
	if c.quiet {
		log = io.Discard
	}
	r := newReport(c.plan)
	for _, place := range c.placements {
		for _, withTLS := range c.transports {
			p := c.plan
			p.Placement = place
			placed, version, err := runPlaced(p, withTLS, log)
			if err != nil {
				return fmt.Errorf("placement %s: %w", place.Name, err)
			}
			r.Server = version
			r.Placements = append(r.Placements, placed)
		}
	}
	if err := r.writeTables(os.Stdout); err != nil {
		return err
	}
	return errors.Join(
		writeFile(c.json, r.writeJSON),
		writeFile(c.svg, r.writeChart),
	)
}

// runPlaced starts a server and a measuring process on the CPUs of the plan.
func runPlaced(p plan, withTLS bool, log io.Writer) (out placementReport, version string, err error) {
	var certs *redpolltest.Certificates
	if withTLS {
		f, err := newFixture()
		if err != nil {
			return out, "", err
		}
		defer func() { err = errors.Join(err, f.close()) }()
		certs = redpolltest.NewCertificates(f)
		p.CAFile = certs.CAFile
	}
	s, err := startServer(p.Placement.ServerCPUs, certs)
	if err != nil {
		return out, "", err
	}
	defer s.stop()
	p.Addr, p.TLSAddr = s.addr, s.tlsAddr
	err = runWorker(p.Placement, workerCommand, p, &out, log)
	return out, s.version, err
}

// runWorker runs a copy of this program on the client's CPUs: it reads its task, and writes its result, as
// JSON.
func runWorker(place placement, command string, task, result any, log io.Writer) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	worker, err := pinned(place.ClientCPUs, self, command)
	if err != nil {
		return err
	}
	input, err := json.Marshal(task)
	if err != nil {
		return err
	}
	worker.Stdin, worker.Stderr = bytes.NewReader(input), log
	output, err := worker.Output()
	if err != nil {
		return fmt.Errorf("the measuring process failed: %w", err)
	}
	return json.Unmarshal(output, result)
}

// writeFile writes with the given function, unless the name is empty.
func writeFile(name string, write func(io.Writer) error) error {
	if name == "" {
		return nil
	}
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	return errors.Join(write(f), f.Close())
}
