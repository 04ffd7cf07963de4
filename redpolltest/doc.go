// Package redpolltest helps to test programs that talk to Redis or Valkey: it starts real servers, alone or
// as replicas, Sentinels and clusters, stands between client and server to break their connections in every
// way, and runs scripted servers. It needs nothing beyond the standard library.
//
// A server for one test, stopped and removed with it:
//
//	srv := redpolltest.Start(t, redpolltest.ServerOptions{Password: "secret", TLS: true})
//	rdb, err := redpoll.Open(srv.URL())
//
// A database for one test on a server that all tests share, which is quick enough for hundreds of parallel
// tests:
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
// [Server.Do] sends a command to the server directly, without the client. [Server.Monitor] records which
// commands were executed, so a test can check that there were none. [Server.Kill], [Server.Restart],
// [Server.Pause] and [Server.Resume] do what their names say.
//
// # Several servers
//
// Each of these is there within seconds, on free ports, and ends with the test:
//
//	rep := redpolltest.StartReplicated(t, redpolltest.ReplicatedOptions{Replicas: 2})
//	sen := redpolltest.StartSentinel(t, redpolltest.SentinelOptions{Password: "of the Sentinels"})
//	clu := redpolltest.StartCluster(t, redpolltest.ClusterOptions{Primaries: 3, Replicas: 1})
//	ring := redpolltest.StartIndependents(t, 3, redpolltest.ServerOptions{})
//
// They consist of [Server] values, with all their methods. Each kind adds what its servers do together:
// [Replicated.Promote], [Sentinel.FailOver] and [Cluster.FailOver], [Cluster.MoveSlots] and its single steps
// ([Cluster.BeginMove]), and for all three Add, Remove, Move (to another address) and Isolate (a partition).
//
//	old := clu.Owner(clu.Slot("key"))
//	old.Kill()
//	... // what does the client do meanwhile?
//	now := clu.AwaitFailOver(old)
//	old.Restart()
//	clu.AwaitOK()
//
// Methods that change a topology return when all is settled, so that the next step of a test finds a known
// state; their comments name the exceptions. With the option Proxies there is a [Proxy] in front of each
// server, see [Server.Proxy], and the servers tell clients its address, [Server.AnnouncedAddr].
//
// # Bad networks and scripted servers
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
// A scripted server:
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
// redis-server or valkey-server found. A test without a server fails and says what to install; it is never
// skipped. [RequireVersion] skips a test for which the server is too old, with the reason. No server outlives
// the test binary, whatever ends the binary; on Windows a server may outlive it, and no server can be paused.
//
// For tests that need no real server, the module github.com/redpoll-go/redpoll/redpolltest/embedded has a
// small one that runs inside the test binary.
package redpolltest
