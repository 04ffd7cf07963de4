package connecting_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit/clients"
)

// Commands that change the state of their connection never reach a shared connection. Do refuses them, and
// the error names a safe alternative.
//
// Covers: F20, F159
func TestConnectionStateCommandsAreRefused(t *testing.T) {
	t.Parallel()
	w := clients.NewWire(t, "TCP")
	mon := w.Server.Monitor()
	shared := w.Client(t, clients.BriefTimeouts)
	exclusive := w.Client(t, clients.BriefTimeouts, func(o *redpoll.Options) { o.Exclusive = true })
	for name, tc := range map[string]struct {
		args    []any  // arguments after the name
		instead string // the alternative that the error must name
	}{
		"MULTI":           {nil, "Conn.Multi"},
		"EXEC":            {nil, "Client.Pipeline, Client.Transaction"},
		"DISCARD":         {nil, "Pipeline.Discard"},
		"WATCH":           {[]any{"k"}, "Conn.Watch"},
		"UNWATCH":         {nil, "Conn.Unwatch"},
		"SELECT":          {[]any{1}, "Options.DB"},
		"SUBSCRIBE":       {[]any{"c"}, "Client.PubSub"},
		"UNSUBSCRIBE":     {nil, "Client.PubSub"},
		"PSUBSCRIBE":      {[]any{"c*"}, "Client.PubSub"},
		"PUNSUBSCRIBE":    {nil, "Client.PubSub"},
		"SSUBSCRIBE":      {[]any{"c"}, "Client.PubSub"},
		"SUNSUBSCRIBE":    {nil, "Client.PubSub"},
		"MONITOR":         {nil, "use Client.Monitor"},
		"AUTH":            {[]any{"secret"}, "Options.Username and Options.Password"},
		"HELLO":           {[]any{2}, "Options.Protocol"},
		"RESET":           {nil, "Client.Close"},
		"QUIT":            {nil, "Client.Close"},
		"SYNC":            {nil, "replica"},
		"PSYNC":           {[]any{"?", -1}, "replica"},
		"ASKING":          {nil, "clients for clusters"},
		"READONLY":        {nil, "NewCluster with ReadFrom"},
		"READWRITE":       {nil, "NewCluster with ReadFrom"},
		"CLIENT REPLY":    {[]any{"SKIP"}, "pipelines"},
		"CLIENT TRACKING": {[]any{"ON"}, "client-side caching is not there yet"},
		"CLIENT CACHING":  {[]any{"YES"}, "client-side caching is not there yet"},
		"CLIENT SETNAME":  {[]any{"n"}, "Options.ClientName"},
		"CLIENT NO-EVICT": {[]any{"ON"}, "Options.NoEvict"},
		"CLIENT NO-TOUCH": {[]any{"ON"}, "Options.NoTouch"},
		"SCRIPT DEBUG":    {[]any{"YES"}, "debugger"},
	} {
		for form, args := range formsOf(name, tc.args) {
			for mode, c := range map[string]*redpoll.Client{"shared": shared, "exclusive": exclusive} {
				what := fmt.Sprintf("%s client, %s: %q", mode, form, args)
				_, err := c.Do(t.Context(), args...)
				var se *redpoll.StateError
				if !errors.As(err, &se) {
					t.Errorf("%s: got %v, want a *StateError", what, err)
					continue
				}
				if se.Command != name || !strings.Contains(se.Instead, tc.instead) ||
					!strings.Contains(err.Error(), tc.instead) {
					t.Errorf("%s: the error names %s and %q, want %q",
						what, se.Command, se.Instead, tc.instead)
				}
				if !errors.Is(err, redpoll.ErrNotSent) || redpoll.OutcomeOf(err) != redpoll.NotSent {
					t.Errorf("%s: the outcome is %v", what, redpoll.OutcomeOf(err))
				}
				if strings.Contains(err.Error(), "secret") {
					t.Errorf("%s: a secret stands in the error: %v", what, err)
				}
			}
		}
	}
	if n := w.Proxy.Accepted(); n != 0 {
		t.Errorf("%d connections were made for commands that are refused", n)
	}
	if sent := mon.Commands(); len(sent) != 0 {
		t.Errorf("the server saw %q", sent)
	}
	// The clients have not changed.
	for _, c := range []*redpoll.Client{shared, exclusive} {
		if err := c.Ping(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

// WAIT and WAITAOF concern the writes of their connection, so Do refuses them on a shared connection. On a
// Conn and in a pipeline they are sent.
//
// Covers: F25
func TestHeldCommands(t *testing.T) {
	t.Parallel()
	w := clients.NewWire(t, "TCP")
	shared := w.Client(t, clients.BriefTimeouts)
	exclusive := w.Client(t, clients.BriefTimeouts, func(o *redpoll.Options) { o.Exclusive = true })
	for name, tc := range map[string]struct {
		args   []any
		method string
	}{"WAIT": {[]any{0, 10}, "Conn.Wait"}, "WAITAOF": {[]any{0, 0, 10}, "Conn.WaitAOF"}} {
		for form, args := range formsOf(name, tc.args) {
			for mode, c := range map[string]*redpoll.Client{"shared": shared, "exclusive": exclusive} {
				_, err := c.Do(t.Context(), args...)
				var se *redpoll.StateError
				if !errors.As(err, &se) || se.Command != name || !errors.Is(err, redpoll.ErrNotSent) {
					t.Errorf("%s client, %s: %q: got %v, want a *StateError", mode, form, args, err)
				} else if text := err.Error(); !strings.Contains(text, "Client.Conn") ||
					!strings.Contains(text, tc.method+" ") || strings.Contains(text, "change") {
					t.Errorf("%s client: the text is %q", mode, text)
				}
			}
		}
	}
	if n := w.Proxy.Accepted(); n != 0 {
		t.Errorf("%d connections were made for commands that are refused", n)
	}
	one := clients.Pin(t, shared)
	if v, err := one.Do(t.Context(), "WAIT", 0, 10); err != nil || v.Any() != int64(0) {
		t.Errorf("WAIT on a Conn gives %v, %v", v, err)
	}
	// Older servers do not know WAITAOF.
	if _, err := one.Do(t.Context(), "WAITAOF", 0, 0, 10); errors.As(err, new(*redpoll.StateError)) {
		t.Errorf("WAITAOF on a Conn: %v", err)
	}
	for name, c := range map[string]*redpoll.Client{
		"shared":    shared,
		"exclusive": exclusive,
		"Conn":      &one.Client,
	} {
		for _, opts := range [][]redpoll.PipelineOption{nil, {redpoll.NoTransaction}} {
			p := c.Pipeline(opts...)
			p.Set("k", "v")
			wait := p.Do("WAIT", 0, 10)
			if err := p.Exec(t.Context()); err != nil || wait.Val().Any() != int64(0) {
				t.Errorf("WAIT in a pipeline, %s, with %d options: %v, %v", name, len(opts), wait.Val(), err)
			}
		}
	}
}

// formsOf returns the ways to write a command in Do.
func formsOf(name string, args []any) map[string][]any {
	mixed := func(s string) string {
		b := []byte(strings.ToLower(s))
		for i := 0; i < len(b); i += 2 {
			b[i] = strings.ToUpper(s)[i]
		}
		return string(b)
	}
	with := func(words ...any) []any { return append(words, args...) }
	forms := map[string][]any{
		"as it is":   with(name),
		"lower case": with(strings.ToLower(name)),
		"mixed case": with(mixed(name)),
		"blanks":     with(" " + strings.ReplaceAll(name, " ", " \t ") + "\n"),
		"with arguments in one string": {name +
			strings.TrimSuffix(" "+strings.Trim(fmt.Sprint(args...), "[]"), " ")},
	}
	if word, sub, ok := strings.Cut(name, " "); ok {
		forms["two arguments"] = with(word, sub)
		forms["two arguments, lower case"] = with(strings.ToLower(word), strings.ToLower(sub))
		forms["subcommand as bytes"] = with(word, []byte(sub))
		forms["subcommand as bytes, mixed case"] = with(mixed(word), []byte(mixed(sub)))
		forms["callback options between"] = with(word, redpoll.CallbackOptions{"a": 1}, sub)
	}
	return forms
}

// A Conn refuses these commands too, because its connection returns to the pool.
func TestConnectionStateCommandsOnConn(t *testing.T) {
	t.Parallel()
	w := clients.NewWire(t, "TCP")
	c := w.Client(t)
	one, err := c.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer one.Close()
	for _, name := range []string{"MULTI", "SELECT", "SUBSCRIBE", "CLIENT REPLY"} {
		var se *redpoll.StateError
		if _, err := one.Do(t.Context(), name, "OFF"); !errors.As(err, &se) {
			t.Errorf("%s: got %v, want a *StateError", name, err)
		}
	}
	if err := one.Ping(t.Context()); err != nil {
		t.Error(err)
	}
}
