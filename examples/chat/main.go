// Chat is a chat room in the terminal: whatever a member types is seen by all.
//
//	go run ./chat -name ada                                      opens a room, and says where it is
//	REDIS_URL=redis://127.0.0.1:43215/0 go run ./chat -name bob  enters it, in a second terminal
//
// REDIS_URL may lead to any server. The room ends with the end of the input (Ctrl-D), or with Ctrl-C.
package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/redpolltest/embedded"
)

// room is the channel on which all of this goes.
const room = "redpoll:chat"

func main() {
	name := flag.String("name", "somebody", "who you are")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Stdin, os.Stdout, os.Getenv("REDIS_URL"), *name); err != nil {
		fmt.Fprintln(os.Stderr, "chat:", err)
		stop()
		os.Exit(1)
	}
}

// run is one member of the room at url, or of a room of its own if url is empty.
func run(ctx context.Context, in io.Reader, out io.Writer, url, name string) (err error) {
	if url == "" {
		server, err := embedded.Start()
		if err != nil {
			return err
		}
		defer server.Close()
		url = server.URL()
		fmt.Fprintf(out, "A room has been opened. Others enter it with REDIS_URL=%s\n", url)
	}
	rdb, err := redpoll.Open(url)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rdb.Close()) }()

	// The subscription has a connection of its own. Subscribe returns when the server has confirmed: nothing
	// that is said from now on is missed.
	sub, err := rdb.PubSubWith(redpoll.PubSubOptions{HideConfirmations: true})
	if err != nil {
		return err
	}
	defer sub.Close()
	if err := sub.Subscribe(ctx, room); err != nil {
		return err
	}

	// One goroutine says what is typed, and this one shows what comes. When the input ends, nothing is
	// subscribed any more, and so the loop of show ends.
	said := make(chan error, 1)
	go func() {
		err := say(ctx, rdb, in, name)
		said <- errors.Join(err, sub.Unsubscribe(context.WithoutCancel(ctx)))
	}()
	if err := show(ctx, sub, out); err != nil {
		if errors.Is(err, context.Canceled) {
			return nil // Ctrl-C; the goroutine may wait for the keyboard, and ends with the program
		}
		return err
	}
	return <-said
}

// say publishes each line of the input.
func say(ctx context.Context, rdb *redpoll.Client, in io.Reader, name string) error {
	if _, err := rdb.Publish(ctx, room, name+" is here"); err != nil {
		return err
	}
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		text := strings.TrimSpace(lines.Text())
		if text == "" {
			continue
		}
		if _, err := rdb.Publish(ctx, room, name+": "+text); err != nil {
			return err
		}
	}
	_, err := rdb.Publish(ctx, room, name+" has left")
	return errors.Join(lines.Err(), err)
}

// show prints what is said in the room, until nothing is subscribed any more.
func show(ctx context.Context, sub *redpoll.PubSub, out io.Writer) error {
	for m, err := range sub.Listen(ctx) {
		if err != nil {
			return err
		}
		switch m.Kind {
		case redpoll.KindMessage:
			fmt.Fprintln(out, m.Payload)
		case redpoll.KindGap:
			// The client connects again by itself. Lines that are published meanwhile are lost.
			fmt.Fprintln(out, "(the line is dead)")
		case redpoll.KindRestored:
			fmt.Fprintln(out, "(the line is back; something may have been missed)")
		}
	}
	return nil
}
