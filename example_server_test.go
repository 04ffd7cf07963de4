package redpoll_test

import (
	"fmt"
	"testing"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// exampleTB lets examples, which have no testing.TB, use the fixtures.
type exampleTB struct {
	testing.TB
	cleanups []func()
}

func (*exampleTB) Helper() {}

func (e *exampleTB) Cleanup(f func()) { e.cleanups = append(e.cleanups, f) }

func (*exampleTB) Fatalf(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }

func (*exampleTB) Errorf(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }

func (*exampleTB) Logf(string, ...any) {}

// exampleClient makes a client for an empty database, and a function that
// ends both.
func exampleClient() (*redpoll.Client, func()) {
	tb := new(exampleTB)
	srv := redpolltest.Shared(tb)
	rdb, err := redpoll.New(redpoll.Options{Addr: srv.Addr(), DB: srv.DB})
	if err != nil {
		panic(err)
	}
	return rdb, func() {
		_ = rdb.Close()
		for i := len(tb.cleanups) - 1; i >= 0; i-- {
			tb.cleanups[i]()
		}
	}
}
