package pool

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/redpoll-go/redpoll/internal/conn"
)

// presence tells the log what becomes of the connections to the server: one line at level warn when it is lost, one at level info
// when it is back, however many connections and callers there are, and all else at level debug.
//
// The server is lost when a connection cannot be made, or when calls are cut on the last one. It is not lost when it refuses
// one more connection while others are up, since a server at its limit does that all the time; nor when it closes an idle connection.
//
// A logger is user code. So the lines are handed over in their order to a goroutine that exists only while there are some. mu is a
// leaf: ended comes from whichever goroutine holds a role on the connection.
type presence struct {
	log  *slog.Logger
	node string

	mu       sync.Mutex
	up       int           // connections that have not ended
	met      bool          // a connection has been made before
	lost     bool          // the loss has been told
	since    time.Duration // when the server was lost
	attempts int           // attempts to connect since then
	lines    []line
	writing  bool // the goroutine exists
}

// line is a record that has not been written yet.
type line struct {
	level slog.Level
	text  string
	attrs []slog.Attr
}

// mostLines is how many lines may wait for a logger that stands still; further ones at level debug are left out.
const mostLines = 1000

func newPresence(cfg *conn.Config) *presence { return &presence{log: cfg.Logger, node: cfg.Addr} }

// made notes a connection, which ends with ended.
func (p *presence) made(c *conn.Conn) {
	info := c.Info()
	p.mu.Lock()
	p.up++
	p.met = true
	p.attempts++
	p.say(slog.LevelDebug, "redpoll: connected", slog.Int("protocol", info.Proto), slog.String("server", info.Version))
	if p.lost {
		p.lost = false
		p.say(slog.LevelInfo, "redpoll: server is back",
			slog.Duration("away", conn.Now()-p.since), slog.Int("attempts", p.attempts))
	}
	p.mu.Unlock()
	c.OnEnd(p.ended)
}

// failed notes an attempt to connect that was in vain, unless the pool has been closed under it.
func (p *presence) failed(began time.Duration, err error) {
	var de *conn.DialError
	refused := errors.As(err, &de) && de.Reply != ""
	p.mu.Lock()
	defer p.mu.Unlock()
	p.attempts++
	switch {
	case p.lost, errors.Is(err, ErrClosed), refused && p.up > 0:
		p.say(slog.LevelDebug, "redpoll: connect failed", slog.Any("error", err))
	case p.met:
		p.lose("redpoll: server lost", began, err)
		p.attempts = 1
	default:
		p.lose("redpoll: server not reached", began, err)
		p.attempts = 1
	}
}

// ended notes the end of a connection.
func (p *presence) ended(e conn.End) {
	var desync *conn.DesyncError
	p.mu.Lock()
	defer p.mu.Unlock()
	p.up--
	switch {
	case e.Own || errors.Is(e.Err, ErrClosed):
		p.say(slog.LevelDebug, "redpoll: connection closed", slog.Any("error", e.Err))
	case errors.As(e.Err, &desync), errors.Is(e.Err, ErrHealth):
		p.say(slog.LevelWarn, "redpoll: connection lost", slog.Any("error", e.Err))
	case e.Cut && p.up == 0 && !p.lost:
		p.lose("redpoll: server lost", conn.Now(), e.Err)
		p.attempts = 0
	default:
		p.say(slog.LevelDebug, "redpoll: connection lost", slog.Any("error", e.Err))
	}
}

// lose notes that the server is lost. mu is held.
func (p *presence) lose(text string, since time.Duration, err error) {
	p.lost, p.since = true, since
	p.say(slog.LevelWarn, text, slog.Any("error", err))
}

// say adds a line. mu is held.
func (p *presence) say(level slog.Level, text string, attrs ...slog.Attr) {
	if p.log.Handler() == slog.DiscardHandler || level == slog.LevelDebug && len(p.lines) >= mostLines {
		return
	}
	p.lines = append(p.lines, line{level, text, append([]slog.Attr{slog.String("node", p.node)}, attrs...)})
	if !p.writing {
		p.writing = true
		go p.write()
	}
}

// write hands the lines to the logger until there are none.
func (p *presence) write() {
	for {
		p.mu.Lock()
		lines := p.lines
		p.lines = nil
		p.writing = len(lines) > 0
		p.mu.Unlock()
		if len(lines) == 0 {
			return
		}
		for _, l := range lines {
			p.log.LogAttrs(context.Background(), l.level, l.text, l.attrs...)
		}
	}
}
