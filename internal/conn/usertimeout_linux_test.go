package conn

import (
	"context"
	"syscall"
	"testing"
	"time"
)

// The kernel's limit of silence follows the keep-alive interval, and never ends a write before WriteTimeout.
func TestUserTimeout(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		keepAlive, write time.Duration
		want             int // in ms
	}{
		"usual":             {15 * time.Second, 10 * time.Second, 60_000},
		"long write":        {time.Second, time.Minute, 61_000},
		"no keep-alive":     {-1, time.Minute, 0},
		"writes take ever":  {time.Second, 0, 0},
		"below one second":  {100 * time.Millisecond, 50 * time.Millisecond, 400},
		"the system's ones": {0, time.Second, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPeer(t)
			cfg := p.config()
			cfg.KeepAlive, cfg.WriteTimeout = c.keepAlive, c.write
			sock, err := openSocket(context.Background(), cfg)
			if err != nil {
				t.Fatal(err)
			}
			defer sock.Close()
			err = rawConn(sock).Control(func(fd uintptr) {
				if got, err := syscall.GetsockoptInt(int(fd), syscall.IPPROTO_TCP,
					tcpUserTimeout); got != c.want || err != nil {
					t.Errorf("%d ms, %v; want %d", got, err, c.want)
				}
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
}
