package main

import (
	"bufio"
	"context"
	"io"
	"strings"
	"testing"

	"github.com/redpoll-go/redpoll/redpolltest"
	"github.com/redpoll-go/redpoll/redpolltest/embedded"
)

func TestMain(m *testing.M) { redpolltest.Main(m) }

// member is somebody in the room.
type member struct {
	in   io.WriteCloser
	out  *bufio.Scanner
	stop context.CancelFunc
	done chan error
}

func enter(t *testing.T, url, name string) *member {
	in, typed := io.Pipe()
	shown, out := io.Pipe()
	ctx, stop := context.WithCancel(t.Context())
	m := &member{typed, bufio.NewScanner(shown), stop, make(chan error, 1)}
	go func() {
		err := run(ctx, in, out, url, name)
		_ = in.Close()
		_ = out.Close()
		m.done <- err
	}()
	return m
}

// sees reads the next lines.
func (m *member) sees(t *testing.T, lines ...string) {
	t.Helper()
	for _, want := range lines {
		if !m.out.Scan() || !strings.HasPrefix(m.out.Text(), want) {
			t.Fatalf("got %q, want %q", m.out.Text(), want)
		}
	}
}

func TestTwoMembers(t *testing.T) {
	t.Parallel()
	for name, url := range map[string]string{
		"embedded": embedded.StartT(t).URL(), "real": redpolltest.Shared(t).URL(),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ada := enter(t, url, "ada")
			ada.sees(t, "ada is here")
			bob := enter(t, url, "bob")
			bob.sees(t, "bob is here")
			ada.sees(t, "bob is here")
			_, _ = io.WriteString(ada.in, "hello\n\n")
			bob.sees(t, "ada: hello")
			ada.sees(t, "ada: hello")
			_ = bob.in.Close()
			bob.sees(t, "bob has left")
			ada.sees(t, "bob has left")
			if err := <-bob.done; err != nil {
				t.Error(err)
			}
			ada.stop()
			if err := <-ada.done; err != nil {
				t.Error(err)
			}
		})
	}
}

func TestOwnRoom(t *testing.T) {
	t.Parallel()
	m := enter(t, "", "ada")
	m.sees(t, "A room has been opened", "ada is here")
	_ = m.in.Close()
	m.sees(t, "ada has left")
	if err := <-m.done; err != nil {
		t.Error(err)
	}
}

func TestRunFails(t *testing.T) {
	t.Parallel()
	for _, url := range []string{"localhost:6379", "unix:///nonexistent/redpoll.sock?no_retry=1"} {
		if err := run(t.Context(), strings.NewReader(""), io.Discard, url, "ada"); err == nil {
			t.Errorf("%s: no error", url)
		}
	}
}
