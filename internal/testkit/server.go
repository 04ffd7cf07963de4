package testkit

import (
	"strconv"
	"strings"

	"github.com/redpoll-go/redpoll/redpolltest"
)

// Blocked reports whether a client of the server's database waits in a blocking command.
func Blocked(srv *redpolltest.Server) bool {
	list, _ := srv.Do("CLIENT", "LIST").(string)
	for line := range strings.Lines(list) {
		if strings.Contains(line, " db="+strconv.Itoa(srv.DB)+" ") && strings.Contains(line, " flags=b ") {
			return true
		}
	}
	return false
}

// SocketAddr returns the address that a server shows for a client on its Unix socket.
func SocketAddr(srv *redpolltest.Server) string {
	addr := srv.Socket() + ":0"
	if srv.AtLeastRelease("", "9.1") {
		addr = "[" + addr + "]:0"
	}
	return addr
}
