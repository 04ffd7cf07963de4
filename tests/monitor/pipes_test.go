package monitor_test

import (
	"context"
	"net"

	"github.com/redpoll-go/redpoll/internal/testkit"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// piped gives a dialer to a server for virtual time. A connection that sends MONITOR gets OK and then what
// comes through lines, until that is closed.
func piped(lines <-chan string) func(context.Context, string, string) (net.Conn, error) {
	return func(context.Context, string, string) (net.Conn, error) {
		client, server := net.Pipe()
		go func() {
			defer server.Close()
			c := redpolltest.WrapConn(server)
			for {
				words, err := c.Command()
				if err != nil {
					return
				}
				if _, err := server.Write([]byte(testkit.Friendly(0, words))); err != nil {
					return
				}
				if words[0] == "MONITOR" {
					for line := range lines {
						if _, err := server.Write([]byte(line)); err != nil {
							return
						}
					}
					return
				}
			}
		}()
		return client, nil
	}
}
