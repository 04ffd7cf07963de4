package redpolltest

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"testing"
)

// sharedDatabases is how many tests can use the shared server at one time, plus one.
const sharedDatabases = 1000

// shared is the server of all tests of this test binary.
var shared struct {
	mu     sync.Mutex
	p      *process
	err    error
	free   []int // databases that nobody uses
	opened bool
}

// Shared gives t an empty database of a server that all tests of the test binary share, so that hundreds of
// parallel tests need one process. The first test that calls Shared starts the server. The database is
// [Server].DB. Its number is never 0, so that a client which forgets to select it is noticed. It is emptied
// when t ends and then given to another test.
//
// Do not kill, pause or reconfigure this server, and be careful with things that all databases have in common
// (FLUSHALL, CONFIG SET, scripts, pub/sub channels of common names): use [Start] for such tests.
//
// The test binary must call [Main], which stops the server.
func Shared(t testing.TB) *Server {
	t.Helper()
	p, db, err := borrowDatabase()
	if err != nil {
		t.Fatalf("redpolltest: %v", err)
	}
	s := newServer(t, p, db)
	t.Cleanup(func() {
		reply := s.Do("FLUSHDB")
		s.closeControl()
		if reply == "OK" { // otherwise it is not clean, and the test failed
			returnDatabase(db)
		}
	})
	return s
}

func borrowDatabase() (*process, int, error) {
	shared.mu.Lock()
	defer shared.mu.Unlock()
	if !shared.opened {
		shared.opened = true
		shared.p, shared.err = newProcess(spec{opts: ServerOptions{Databases: sharedDatabases}})
		for db := sharedDatabases - 1; db > 0; db-- {
			shared.free = append(shared.free, db)
		}
	}
	if shared.err != nil {
		return nil, 0, shared.err
	}
	last := len(shared.free) - 1
	if last < 0 {
		return nil, 0, errors.New("every database of the shared server is in use")
	}
	db := shared.free[last]
	shared.free = shared.free[:last]
	return shared.p, db, nil
}

func returnDatabase(db int) {
	shared.mu.Lock()
	defer shared.mu.Unlock()
	shared.free = append(shared.free, db)
}

// stopShared ends the shared server. It returns an error if the server had crashed.
func stopShared() error {
	shared.mu.Lock()
	defer shared.mu.Unlock()
	if shared.p == nil {
		return nil
	}
	var err error
	if shared.p.crashed() {
		err = fmt.Errorf("the shared server ended on its own\n%s", shared.p.tail())
	}
	shared.p.destroy()
	shared.p, shared.err = nil, errors.New("the tests are over")
	return err
}

// Main runs the tests of a package and ends the program; TestMain calls it:
//
//	func TestMain(m *testing.M) { redpolltest.Main(m) }
//
// After the tests it stops the server of [Shared]. If all tests passed, it then waits for the end of
// goroutines and sockets that the tests left behind, and fails with a list of those that do not end within
// half a minute. It lists tests that [RequireVersion] skipped on standard error.
func Main(m *testing.M) {
	goroutines, files := liveGoroutines(), openSockets()
	code := m.Run()
	if err := stopShared(); err != nil {
		fmt.Fprintf(os.Stderr, "redpolltest: %v\n", err)
		code = max(code, 1)
	}
	reportSkips(os.Stderr)
	if code == 0 {
		if left := awaitNothingNew(goroutines, files); left != "" {
			fmt.Fprintf(os.Stderr, "redpolltest: the tests passed, but left behind:\n\n%s\n", left)
			code = 1
		}
	}
	os.Exit(code)
}
