package wire_test

import (
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit"
	"github.com/redpoll-go/redpoll/internal/testkit/clients"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// recorder is a client of a played server that records the words of each command and refuses it.
type recorder struct {
	*redpoll.Client
	mu    sync.Mutex
	heard [][]string
}

// newRecorder starts a recorder with a text encoding, nil for none. Without a handshake, the server only gets
// the commands of the test.
func newRecorder(t *testing.T, text redpoll.TextEncoding) *recorder {
	t.Helper()
	r := new(recorder)
	server := testkit.Listen(t, func(_ int, words []string) string {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.heard = append(r.heard, words)
		return "-ERR played\r\n"
	})
	o := redpoll.Options{Addr: server.Addr(), Text: text, Protocol: 2, NoClientInfo: true}
	r.Client = clients.New(t, o)
	return r
}

// take returns the commands since the last call.
func (r *recorder) take() [][]string {
	r.mu.Lock()
	defer r.mu.Unlock()
	heard := r.heard
	r.heard = nil
	return heard
}

// sent returns the words of the one command that put queues, as the server got them. If the client refuses
// the command, sent returns the error instead.
func (r *recorder) sent(t *testing.T, put func(p *redpoll.Pipeline)) ([]string, error) {
	t.Helper()
	_, words, err := r.named(t, put)
	return words, err
}

// named is sent with the name of the command, as the client calls it.
func (r *recorder) named(
	t *testing.T, put func(p *redpoll.Pipeline),
) (name string, words []string, err error) {
	t.Helper()
	p := r.Pipeline(redpoll.NoTransaction, redpoll.CollectErrors)
	put(p)
	if p.Len() != 1 {
		t.Fatalf("%d commands are queued, want 1", p.Len())
	}
	_ = p.Exec(t.Context()) // the command has the error
	result, heard := p.Results()[0], r.take()
	var answer *redpoll.ServerError
	switch {
	case len(heard) > 1:
		t.Fatalf("the server heard %q, want one command", heard)
	case len(heard) == 0:
		return result.Command, nil, result.Err
	case !errors.As(result.Err, &answer):
		t.Errorf("%s was sent and ends with %v, want the error of the server", result.Command, result.Err)
	}
	return result.Command, heard[0], nil
}

// refused is a call that is refused before anything is sent, and a part of the error's text.
type refused struct {
	name, says string
	put        func(p *redpoll.Pipeline)
}

// testRefused makes such calls. The word secret stands for a password, which no error may contain.
func testRefused(t *testing.T, list []refused) {
	t.Helper()
	r := newRecorder(t, nil)
	for _, c := range list {
		words, err := r.sent(t, c.put)
		var data *redpoll.DataError
		switch {
		case words != nil:
			t.Errorf("%s: the server heard %q, want nothing", c.name, words)
		case !errors.As(err, &data) || !strings.Contains(err.Error(), c.says):
			t.Errorf("%s: got %v, want a DataError that says %q", c.name, err, c.says)
		case strings.Contains(err.Error(), "secret"):
			t.Errorf("%s: %v shows the password", c.name, err)
		}
	}
}
