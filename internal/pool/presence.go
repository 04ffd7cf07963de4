package pool

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/redpoll-go/redpoll/internal/conn"
	"github.com/redpoll-go/redpoll/internal/notes"
)

// presence logs the state of the connections to the server. There is one line at level warn when the server
// is lost, and one line at level info when it is back, however many connections and callers there are. All
// other events are at level debug.
//
// The server is lost when a connect fails, or when the last connection ends and calls are cut. The server is
// not lost when it refuses one more connection while others are up, because a server at its limit does this
// all the time. The server is not lost when it closes an idle connection.
//
// A logger is user code: lines are written by the goroutine of notes. No lock but theirs is taken while mu is
// held, because ended may run in any goroutine that reads or writes the connection.
type presence struct {
	log   *slog.Logger
	node  string
	lines *notes.Queue[line]

	mu       sync.Mutex
	up       int           // number of connections that have not ended
	met      bool          // a connection was made before
	lost     bool          // the loss has been logged
	since    time.Duration // when the server was lost
	attempts int           // attempts to connect since the loss
}

// line is a log record that has not been written yet.
type line struct {
	level slog.Level
	text  string
	attrs []slog.Attr
}

func newPresence(cfg *conn.Config) *presence {
	p := &presence{log: cfg.Logger, node: cfg.Addr}
	p.lines = notes.New(p.write)
	return p
}

// made logs a new connection, whose end is told to ended.
func (p *presence) made(c interface{ Info() conn.ServerInfo }) {
	info := c.Info()
	p.mu.Lock()
	p.up++
	p.met = true
	p.attempts++
	p.say(slog.LevelDebug, "redpoll: connected", slog.Int("protocol", info.Proto),
		slog.String("server", info.Version))
	if p.lost {
		p.lost = false
		p.say(slog.LevelInfo, "redpoll: server is back",
			slog.Duration("away", conn.Now()-p.since), slog.Int("attempts", p.attempts))
	}
	p.mu.Unlock()
}

// failed logs a failed attempt to connect. One that its caller has given up says nothing of the server.
func (p *presence) failed(began time.Duration, err error) {
	var de *conn.DialError
	refused := errors.As(err, &de) && de.Reply != ""
	p.mu.Lock()
	defer p.mu.Unlock()
	p.attempts++
	switch {
	case p.lost, errors.Is(err, ErrClosed), errors.As(err, new(*conn.GaveUp)), refused && p.up > 0:
		p.say(slog.LevelDebug, "redpoll: connect failed", slog.Any("error", err))
	case p.met:
		p.lose("redpoll: server lost", began, err)
		p.attempts = 1
	default:
		p.lose("redpoll: server not reached", began, err)
		p.attempts = 1
	}
}

// ended logs the end of a connection.
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

// lose logs that the server is lost. mu is held.
func (p *presence) lose(text string, since time.Duration, err error) {
	p.lost, p.since = true, since
	p.say(slog.LevelWarn, text, slog.Any("error", err))
}

// say adds a line. While the logger stands still further lines at level debug are left out. mu is held.
func (p *presence) say(level slog.Level, text string, attrs ...slog.Attr) {
	if p.log.Handler() == slog.DiscardHandler {
		return
	}
	l := line{level, text, append([]slog.Attr{slog.String("node", p.node)}, attrs...)}
	if level == slog.LevelDebug {
		p.lines.Offer(l)
	} else {
		p.lines.Add(l)
	}
}

// write passes a line to the logger.
func (p *presence) write(l line) {
	p.log.LogAttrs(context.Background(), l.level, l.text, l.attrs...)
}
