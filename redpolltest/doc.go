// Package redpolltest helps to test programs that talk to Redis or Valkey: it starts
// real servers, stands between client and server to break their connections in
// every way, and plays servers by hand. It needs nothing beyond the standard library.
//
// A server for one test, stopped and removed with it:
//
//	srv := redpolltest.Start(t, redpolltest.ServerOptions{Password: "secret", TLS: true})
//	rdb, err := redpoll.Open(srv.URL())
//
// A database for one test on a server that all tests share, which is quick enough for
// hundreds of parallel tests:
//
//	func TestMain(m *testing.M) { redpolltest.Main(m) }
//
//	func TestGreeting(t *testing.T) {
//		t.Parallel()
//		srv := redpolltest.Shared(t)
//		rdb, err := redpoll.New(redpoll.Options{Addr: srv.Addr(), DB: srv.DB})
//		...
//		if got := srv.Do("GET", "greeting"); got != "hello" {
//			t.Errorf("the server has %v", got)
//		}
//	}
//
// [Server.Do] looks at the server past the client. [Server.Monitor] tells which commands were
// executed, so that a test can say that none was. [Server.Kill], [Server.Restart],
// [Server.Pause] and [Server.Resume] do what their names say.
//
// A bad network:
//
//	proxy := redpolltest.NewProxy(t, srv.Addr())
//	rdb, err := redpoll.New(redpoll.Options{Addr: proxy.Addr()})
//	...
//	cut := proxy.CutAfter(redpolltest.ToClient, 3, redpolltest.Reset, redpolltest.FromNow, redpolltest.Once)
//	_, err = rdb.Incr(ctx, "n") // executed, but its reply breaks off after 3 bytes
//	cut.Wait()                  // client and server have both seen the end
//	srv.Do("GET", "n")          // 1
//
// See [Proxy] for the rest: delays, black holes, garbage, refused connections.
//
// A server played by hand:
//
//	peer := redpolltest.Scripted(t, func(conn net.Conn) {
//		c := redpolltest.WrapConn(conn)
//		for {
//			if _, err := c.Command(); err != nil {
//				return
//			}
//			io.WriteString(c, "$-2\r\n")
//		}
//	})
//
// [Unanswered] is an address that does not even answer connection requests.
//
// [Await] waits for a condition, so that a test need not sleep.
//
// [Main] and [NoLeaks] fail when goroutines or sockets are left behind.
//
// # Servers
//
// The server is the program that the environment variable REDPOLL_SERVER names, or else the first
// redis-server or valkey-server found. A test without a server fails and says what to
// install; it is never skipped. [RequireVersion] skips what the server is too old for, with the reason.
// No server outlives the test binary, however that ends (on Windows, where none of
// this can pause a server either, it may).
//
// Tests that can do with less than a real server find one in the module
// github.com/redpoll-go/redpoll/redpolltest/embedded, which runs inside the test binary.
package redpolltest
