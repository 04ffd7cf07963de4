package testkit

import (
	"strings"
	"sync/atomic"
	"testing"
)

// Friendly answers like a server that knows RESP3.
func Friendly(_ int, words []string) string {
	switch strings.ToUpper(words[0]) {
	case "HELLO":
		return HelloReply("7.0.15")
	case "PING":
		return "+PONG\r\n"
	case "GET":
		return "$1\r\nv\r\n"
	case "INCR":
		return ":1\r\n"
	}
	return "+OK\r\n"
}

// HelloReply returns the reply to HELLO 3 of a server with this version.
func HelloReply(version string) string {
	return Reply(3, Map{"server", "redis", "proto", 3, "version", version})
}

// Answering returns the answers of a friendly server, with other answers to some commands. A command is given
// by its name or with all its words.
func Answering(other map[string]string) func(int, []string) string {
	return func(n int, words []string) string {
		for _, name := range []string{strings.Join(words, " "), words[0]} {
			if reply, ok := other[name]; ok {
				return reply
			}
		}
		return Friendly(n, words)
	}
}

// Uncheckable starts a server that stops answering PING when mute is called. heard reports a PING after that.
func Uncheckable(t testing.TB) (p *Played, mute func(), heard <-chan struct{}) {
	var muted atomic.Bool
	pings := make(chan struct{}, 100)
	return Listen(t, func(n int, words []string) string {
		if words[0] == "PING" && muted.Load() {
			pings <- struct{}{}
			return Silence
		}
		return Friendly(n, words)
	}), func() { muted.Store(true) }, pings
}

// Recorded starts a server that answers the handshake, and then every command with the next of replies.
func Recorded(t testing.TB, replies ...string) *Played {
	var next atomic.Int64
	return Listen(t, func(_ int, words []string) string {
		switch words[0] {
		case "HELLO":
			return "%1\r\n$5\r\nproto\r\n:" + words[1] + "\r\n"
		case "CLIENT":
			return "+OK\r\n"
		}
		n := int(next.Add(1))
		if n > len(replies) {
			t.Errorf("there is no reply for %q", words)
			return "-ERR no reply is recorded\r\n"
		}
		return replies[n-1]
	})
}

// Asked returns the commands so far, without those of handshakes.
func (p *Played) Asked() (lines []string) {
	for _, line := range p.Heard() {
		if word, _, _ := strings.Cut(line, " "); word != "HELLO" && word != "CLIENT" {
			lines = append(lines, line)
		}
	}
	return lines
}
