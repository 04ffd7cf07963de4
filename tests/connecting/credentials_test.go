package connecting_test

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit/clients"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// changing is a stream of credentials whose values come from a test.
type changing chan string

func (c changing) stream(ctx context.Context, next func(username, password string)) error {
	for {
		select {
		case password := <-c:
			next("app", password)
		case <-ctx.Done():
			return nil
		}
	}
}

// authenticated returns the number of connections that are authenticated as the user of the stream.
func authenticated(srv *redpolltest.Server) (n int) {
	for line := range strings.Lines(srv.Do("CLIENT", "LIST").(string)) {
		if strings.Contains(line, " user=app ") {
			n++
		}
	}
	return n
}

// A password can be replaced while calls are under way on each kind of connection. All connections
// authenticate again before the old password ends, no call fails, and new connections use the new password.
func TestCredentialStream(t *testing.T) {
	t.Parallel()
	srv := redpolltest.Start(t, redpolltest.ServerOptions{})
	srv.Do("ACL", "SETUSER", "app", "on", ">one", "~*", "+@all")
	secrets := make(changing, 1)
	secrets <- "one"
	rdb := clients.New(t, redpoll.Options{Addr: srv.Addr(), CredentialStream: secrets.stream})
	ctx := t.Context()
	conn, err := rdb.Conn(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	stop := make(chan struct{})
	var callers sync.WaitGroup
	var done atomic.Int64
	for i := range 8 {
		callers.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if _, err := rdb.Incr(ctx, strconv.Itoa(i)); err != nil {
					t.Errorf("INCR: %v", err)
					return
				}
				done.Add(1)
			}
		})
	}
	callers.Go(func() {
		if _, err := rdb.BLPop(ctx, redpoll.Forever, "list"); err != nil {
			t.Errorf("BLPOP: %v", err)
		}
	})
	redpolltest.Await(t, "all kinds of connections are there",
		func() bool { return done.Load() > 100 && authenticated(srv) == 3 })
	auths := func() int {
		stats := srv.Do("INFO", "commandstats").(string)
		_, text, _ := strings.Cut(stats, "cmdstat_auth:calls=")
		n, _ := strconv.Atoi(strings.Split(text, ",")[0])
		return n
	}
	srv.Do("ACL", "SETUSER", "app", ">two")
	before := auths()
	secrets <- "two"
	redpolltest.Await(t, "the free connections are authenticated anew",
		func() bool { return auths() == before+2 })
	srv.Do("RPUSH", "list", "x") // the blocked connection follows when its call has ended
	redpolltest.Await(t, "the other one, too", func() bool { return auths() == before+3 })
	srv.Do("ACL", "SETUSER", "app", "<one") // ends the old password
	if err := conn.Ping(ctx); err != nil {
		t.Errorf("the connection that is held: %v", err)
	}
	other, err := rdb.Conn(ctx)
	if err != nil {
		t.Fatalf("a new connection: %v", err)
	}
	defer other.Close()
	if err := other.Ping(ctx); err != nil {
		t.Error(err)
	}
	close(stop)
	callers.Wait()
}

// If a stream of credentials fails, no connection can be made until it returns a value, and it is asked
// again. The error of a call wraps the error of the stream.
func TestCredentialStreamFails(t *testing.T) {
	t.Parallel()
	srv := redpolltest.Shared(t)
	broken := errors.New("no secret today")
	rdb := clients.New(t, redpoll.Options{
		Addr: srv.Addr(), NoRetry: true, CredentialStream: func(context.Context, func(string, string)) error {
			return broken
		},
	})
	if err := rdb.Ping(t.Context()); !errors.Is(err, broken) || redpoll.OutcomeOf(err) != redpoll.NotSent {
		t.Errorf("%v (%v)", err, redpoll.OutcomeOf(err))
	}
	_, err := redpoll.New(redpoll.Options{Password: "x", CredentialStream: make(changing).stream})
	var wrong *redpoll.OptionError
	if !errors.As(err, &wrong) || wrong.Option != "CredentialStream" {
		t.Errorf("a stream beside a password: %v", err)
	}
}
