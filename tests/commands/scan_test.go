package commands_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit"
	"github.com/redpoll-go/redpoll/internal/testkit/clients"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// collect returns all elements of a sequence.
func collect[T any](t testing.TB, seq iter.Seq2[T, error]) []T {
	t.Helper()
	var all []T
	for item, err := range seq {
		if err != nil {
			t.Errorf("the walk fails with %v", err)
		}
		all = append(all, item)
	}
	return all
}

// onlyError checks that a sequence yields one error and nothing else, even if the loop does not stop.
func onlyError[T comparable](t testing.TB, seq iter.Seq2[T, error], want error) {
	t.Helper()
	var none T
	steps := 0
	for item, err := range seq {
		if steps++; item != none || !errors.Is(err, want) {
			t.Errorf("the walk yields %v and the error %v, want %v", item, err, want)
		}
	}
	if steps != 1 {
		t.Errorf("the walk yields %d times instead of once", steps)
	}
}

// Covers: F324, F325, F332, E54, E55
func TestScanIterators(t *testing.T) {
	t.Parallel()
	clients.EachProtocol(t, func(t *clients.Test) {
		for key, value := range map[string]int{"A": 1, "B": 2, "C": 3} {
			t.OK(t.Client.Set(ctx, key, value))
		}
		got := map[string]string{}
		for _, key := range collect(t, t.Client.ScanIter(ctx)) {
			got[key], _ = t.Client.Get(ctx, key)
		}
		if want := map[string]string{"A": "1", "B": "2", "C": "3"}; !maps.Equal(got, want) {
			t.Errorf("the keys and their values are %v, want %v", got, want)
		}
		t.Want(1)(t.Client.HSet(ctx, "h", "a", 1))
		t.Want(1)(t.Client.SAdd(ctx, "s", "x"))
		t.Want(1)(t.Client.ZAdd(ctx, "z", []redpoll.Z{{Member: "m", Score: 1.5}}))
		t.Want([]redpoll.FieldValue{{Field: "a", Value: "1"}})(collect(t, t.Client.HScanIter(ctx, "h")), nil)
		t.Want([]string{"x"})(collect(t, t.Client.SScanIter(ctx, "s")), nil)
		t.Want([]redpoll.Z{{Member: "m", Score: 1.5}})(collect(t, t.Client.ZScanIter(ctx, "z")), nil)

		n := len(collect(t, t.Client.HScanIter(ctx, "none"))) +
			len(collect(t, t.Client.SScanIter(ctx, "none"))) +
			len(collect(t, t.Client.ZScanIter(ctx, "none"))) + len(collect(t,
			t.Client.ScanIter(ctx, redpoll.Match("none"))))
		if n != 0 {
			t.Errorf("missing keys have %d elements", n)
		}
		onlyError(t, t.Client.HScanIter(ctx, "s"), redpoll.ErrWrongType)
		onlyError(t, t.Client.SScanIter(ctx, "z"), redpoll.ErrWrongType)
		onlyError(t, t.Client.ZScanIter(ctx, "h"), redpoll.ErrWrongType)
	})
}

func TestHScanNoValuesIter(t *testing.T) {
	t.Parallel()
	redpolltest.RequireRelease(t, "7.4", "8.0")
	clients.EachProtocol(t, func(t *clients.Test) {
		t.Want(2)(t.Client.HSet(ctx, "h", "a", 1, "b", 2))
		names := collect(t, t.Client.HScanNoValuesIter(ctx, "h"))
		slices.Sort(names)
		t.Want([]string{"a", "b"})(names, nil)
		onlyError(t, t.Client.HScanNoValuesIter(ctx, "h", redpoll.Count(0)), redpoll.ErrNotSent)
	})
}

func TestHScanNoValuesIterAsksForNamesOnly(t *testing.T) {
	t.Parallel()
	p := testkit.Listen(t, book(map[string]string{"0": page(5, "a", "b"), "5": page(0, "c")}))
	rdb := clients.New(t, redpoll.Options{Addr: p.Addr(), Protocol: 2, NoClientInfo: true})
	names := rdb.HScanNoValuesIter(t.Context(), "h", redpoll.Match("*"))
	if got, want := collect(t, names), []string{"a", "b", "c"}; !slices.Equal(got, want) {
		t.Errorf("the names are %q, want %q", got, want)
	}
	for range names {
		break
	}
	p.ExpectSessions(t, "HSCAN h 0 MATCH * NOVALUES; HSCAN h 5 MATCH * NOVALUES; HSCAN h 0 MATCH * NOVALUES")
	_ = rdb.Close()
	onlyError(t, names, redpoll.ErrClosed)
}

// Covers: F326, F327
func TestScanIterFilters(t *testing.T) {
	t.Parallel()
	clients.EachProtocol(t, func(t *clients.Test) {
		for i := range 30 {
			t.OK(t.Client.Set(ctx, "text:"+strconv.Itoa(i), i))
			t.Want(1)(t.Client.SAdd(ctx, "set:"+strconv.Itoa(i), i))
			t.Want(1)(t.Client.SAdd(ctx, "s", "m"+strconv.Itoa(i)))
		}
		sorted := func(seq iter.Seq2[string, error]) []string {
			all := collect(t, seq)
			slices.Sort(all)
			return slices.Compact(all)
		}
		t.Want([]string{"text:2", "text:20", "text:21", "text:22", "text:23", "text:24", "text:25", "text:26",
			"text:27", "text:28", "text:29"})(
			sorted(t.Client.ScanIter(ctx, redpoll.Match("text:2*"), redpoll.Count(3))), nil)
		// The server accepts the name of a type in upper and lower case.
		t.Want([]string{"set:3"})(
			sorted(t.Client.ScanIter(ctx, redpoll.Match("*:3"), redpoll.ScanType("SET"))), nil)
		t.Want([]string{"text:3"})(
			sorted(t.Client.ScanIter(ctx, redpoll.Match("*:3"), redpoll.ScanType("string"))), nil)
		t.Want([]string{"m7"})(sorted(t.Client.SScanIter(ctx, "s", redpoll.Match("m7"), redpoll.Count(5))),
			nil)
		onlyError(t, t.Client.ScanIter(ctx, redpoll.Count(0)), redpoll.ErrNotSent)
		onlyError(t, t.Client.SScanIter(ctx, "s", redpoll.Count(-1)), redpoll.ErrNotSent)
	})
}

// page returns a page of a SCAN command in the protocol's format.
func page(cursor uint64, items ...string) string {
	var b strings.Builder
	text := strconv.FormatUint(cursor, 10)
	fmt.Fprintf(&b, "*2\r\n$%d\r\n%s\r\n*%d\r\n", len(text), text, len(items))
	for _, item := range items {
		fmt.Fprintf(&b, "$%d\r\n%s\r\n", len(item), item)
	}
	return b.String()
}

// book answers SCAN commands with a page for each cursor, and other commands like testkit.Friendly.
func book(pages map[string]string) func(conn int, args []string) string {
	return func(conn int, args []string) string {
		at := map[string]int{"SCAN": 1, "HSCAN": 2, "SSCAN": 2, "ZSCAN": 2}[args[0]]
		if at == 0 {
			return testkit.Friendly(conn, args)
		}
		return pages[args[at]]
	}
}

// Covers: F333
func TestPipelinesHaveThePlainScanCommands(t *testing.T) {
	t.Parallel()
	clients.EachProtocol(t, func(t *clients.Test) {
		pipe := t.Client.Pipeline()
		pipe.Set("k", 1)
		pipe.SAdd("s", "x")
		keys, members := pipe.Scan(0, redpoll.Count(100)), pipe.SScan("s", 0)
		fields, scores := pipe.HScan("none", 0), pipe.ZScan("none", 0)
		t.OK(pipe.Exec(ctx))
		slices.Sort(keys.Val().Items)
		t.Want(redpoll.ScanPage[string]{Items: []string{"k", "s"}})(keys.Val(), keys.Err())
		t.Want(redpoll.ScanPage[string]{Items: []string{"x"}})(members.Val(), members.Err())
		t.Want(redpoll.ScanPage[redpoll.FieldValue]{Items: []redpoll.FieldValue{}})(fields.Val(),
			fields.Err())
		t.Want(redpoll.ScanPage[redpoll.Z]{Items: []redpoll.Z{}})(scores.Val(), scores.Err())
		for typ, i := reflect.TypeFor[*redpoll.Pipeline](), 0; i < typ.NumMethod(); i++ {
			if name := typ.Method(i).Name; strings.HasSuffix(name, "ScanIter") {
				t.Errorf("a pipeline has %s, which could not wait for its pages", name)
			}
		}
	})
}

// Covers: F326, F329, F331
func TestScanIterPages(t *testing.T) {
	t.Parallel()
	p := testkit.Listen(t, book(map[string]string{
		"0":                    page(5),
		"5":                    page(1<<64-1, "a", "b"),
		"18446744073709551615": page(7, "b", "c"),
		"7":                    page(0),
	}))
	rdb := clients.New(t, redpoll.Options{Addr: p.Addr(), Protocol: 2, NoClientInfo: true})
	opts := []redpoll.ScanOption{redpoll.Count(2), redpoll.Match("*"), redpoll.ScanType("string")}
	keys := rdb.ScanIter(t.Context(), opts...)
	opts[1] = redpoll.Match("changed later")
	// A second loop starts from the beginning.
	for range 2 {
		if got, want := collect(t, keys), []string{"a", "b", "b", "c"}; !slices.Equal(got, want) {
			t.Errorf("the keys are %q, want %q", got, want)
		}
	}
	const tail = " MATCH * COUNT 2 TYPE string"
	once := "SCAN 0" + tail + "; SCAN 5" + tail + "; SCAN 18446744073709551615" + tail + "; SCAN 7" + tail
	p.ExpectSessions(t, once+"; "+once)
}

// The next page is requested when the previous one is used up. Leaving the loop ends the scan.
func TestScanIterAsksPageByPage(t *testing.T) {
	t.Parallel()
	p := testkit.Listen(t, book(map[string]string{
		"0": page(5, "a", "1"),
		"5": page(6, "b", "2"),
		"6": page(0, "c", "3"),
	}))
	rdb := clients.New(t, redpoll.Options{Addr: p.Addr(), Protocol: 2})
	for name, walk := range map[string]func(leave func() bool){
		"SCAN": func(leave func() bool) {
			for range rdb.ScanIter(t.Context()) {
				if leave() {
					break
				}
			}
		},
		"HSCAN": func(leave func() bool) {
			for range rdb.HScanIter(t.Context(), "k") {
				if leave() {
					break
				}
			}
		},
		"SSCAN": func(leave func() bool) {
			for range rdb.SScanIter(t.Context(), "k") {
				if leave() {
					break
				}
			}
		},
		"ZSCAN": func(leave func() bool) {
			for range rdb.ZScanIter(t.Context(), "k") {
				if leave() {
					break
				}
			}
		},
	} {
		perPage := 1
		if name == "SCAN" || name == "SSCAN" {
			perPage = 2
		}
		seen := 0
		walk(func() bool {
			seen++
			if got, want := p.Count(name), (seen+perPage-1)/perPage; got != want {
				t.Errorf("%s: %d calls for element %d, want %d", name, got, seen, want)
			}
			return seen == perPage+1
		})
		clients.Usable(t, rdb)
		if got := p.Count(name); got != 2 {
			t.Errorf("%s: %d calls after the loop was left on the second page", name, got)
		}
	}
}

// Covers: F329
func TestScanIterEndsAtAnError(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, reply string
		want        error
	}{
		{"lost", testkit.HangUp, redpoll.ErrMaybeExecuted},
		{"refused", "-NOPERM no\r\n", redpoll.ErrNoPerm},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := testkit.Listen(t, book(map[string]string{"0": page(5, "a", "b"), "5": tt.reply}))
			rdb := clients.New(t, redpoll.Options{Addr: p.Addr(), Protocol: 2, NoRetry: true})
			var keys []string
			var failed []error
			for key, err := range rdb.ScanIter(t.Context()) {
				if err != nil {
					failed = append(failed, err)
				}
				keys = append(keys, key)
			}
			if want := []string{"a", "b", ""}; !slices.Equal(keys, want) {
				t.Errorf("the keys are %q, want %q", keys, want)
			}
			if len(failed) != 1 || !errors.Is(failed[0], tt.want) {
				t.Errorf("the errors are %v, want one that is %v", failed, tt.want)
			}
			clients.Usable(t, rdb)
		})
	}
}

// If the reply with a page is lost, the page is requested again. No element is missing, and none comes twice.
func TestScanIterGoesOnAfterALostConnection(t *testing.T) {
	t.Parallel()
	p := testkit.Listen(t, func(conn int, args []string) string {
		if conn == 1 && args[0] == "SCAN" && args[1] == "5" {
			return testkit.HangUp
		}
		return book(map[string]string{"0": page(5, "a"), "5": page(0, "b")})(conn, args)
	})
	rdb := clients.New(t, redpoll.Options{Addr: p.Addr(), Protocol: 2, NoClientInfo: true})
	if got, want := collect(t, rdb.ScanIter(t.Context())), []string{"a", "b"}; !slices.Equal(got, want) {
		t.Errorf("the keys are %q, want %q", got, want)
	}
	p.ExpectSessions(t, "SCAN 0; SCAN 5", "SCAN 5")
}

func TestScanIterContext(t *testing.T) {
	t.Parallel()
	reason := errors.New("enough")
	t.Run("ended before", func(t *testing.T) {
		t.Parallel()
		p := testkit.Listen(t, testkit.Friendly)
		rdb := clients.New(t, redpoll.Options{Addr: p.Addr()})
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		onlyError(t, rdb.ScanIter(ctx), context.Canceled)
		onlyError(t, rdb.ZScanIter(ctx, "z"), redpoll.ErrNotSent)
		if n := p.Accepted(); n != 0 {
			t.Errorf("%d connections were made", n)
		}
	})
	// This includes the last page, after which there is not another request.
	for name, cursor := range map[string]uint64{"ends between two elements": 5, "ends on the last page": 0} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := testkit.Listen(t, book(map[string]string{"0": page(cursor, "a", "b", "c")}))
			rdb := clients.New(t, redpoll.Options{Addr: p.Addr(), Protocol: 2})
			ctx, cancel := context.WithCancelCause(t.Context())
			defer cancel(nil)
			var keys []string
			for key, err := range rdb.ScanIter(ctx) {
				keys = append(keys, key)
				cancel(reason)
				if len(keys) < 2 {
					continue
				}
				ce := clients.ConnError(t, err, redpoll.PhaseQueue, redpoll.NotSent)
				if ce.Command != "SCAN" || ce.Node != p.Addr() || !errors.Is(err, context.Canceled) ||
					!errors.Is(err, reason) {
					t.Errorf("the error is %v", err)
				}
			}
			if want := []string{"a", ""}; !slices.Equal(keys, want) {
				t.Errorf("the keys are %q, want %q", keys, want)
			}
		})
	}
	t.Run("ends during a call", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		p := testkit.Listen(t, func(conn int, args []string) string {
			if args[0] == "SSCAN" && args[2] == "5" {
				cancel()
				return testkit.Silence
			}
			return book(map[string]string{"0": page(5, "a")})(conn, args)
		})
		rdb := clients.New(t, redpoll.Options{Addr: p.Addr(), Protocol: 2})
		var keys []string
		var last error
		for key, err := range rdb.SScanIter(ctx, "s") {
			keys, last = append(keys, key), err
		}
		if want := []string{"a", ""}; !slices.Equal(keys, want) || !errors.Is(last, context.Canceled) {
			t.Errorf("the members are %q and the last error %v", keys, last)
		}
	})
}

// The body of the loop may use the client, even if there is only one connection.
func TestScanIterHoldsNoConnection(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		opts redpoll.Options
		pin  bool
	}{
		{"pinned", redpoll.Options{}, true},
		{"shared", redpoll.Options{}, false},
		{"exclusive, one connection", redpoll.Options{Exclusive: true, MaxConns: 1}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			rdb, _ := clients.Shared(t, tt.opts)
			if tt.pin {
				rdb = &clients.Pin(t, rdb).Client
			}
			ctx := t.Context()
			for i := range 50 {
				if err := rdb.Set(ctx, "k"+strconv.Itoa(i), i); err != nil {
					t.Fatal(err)
				}
			}
			seen := map[string]bool{}
			for key, err := range rdb.ScanIter(ctx, redpoll.Count(5)) {
				if err != nil {
					t.Fatal(err)
				}
				if v, err := rdb.Get(ctx, key); err != nil || "k"+v != key {
					t.Fatalf("GET %s gives %q and %v", key, v, err)
				}
				// A scan inside a scan does not disturb it.
				for _, err := range rdb.ScanIter(ctx, redpoll.Match("none")) {
					t.Fatal(err)
				}
				seen[key] = true
			}
			if len(seen) != 50 {
				t.Errorf("%d of 50 keys were seen", len(seen))
			}
		})
	}
}

// Keys that stay are returned although others come and go, so many that the server resizes its tables.
func TestScanIterWhileKeysChange(t *testing.T) {
	t.Parallel()
	rdb, _ := clients.Shared(t, redpoll.Options{})
	ctx := t.Context()
	const stay = 200
	for i := range stay {
		if err := rdb.MSet(ctx, "stays:"+strconv.Itoa(i), i, "goes:"+strconv.Itoa(i), i); err != nil {
			t.Fatal(err)
		}
	}
	seen := map[string]bool{}
	steps := 0
	for key, err := range rdb.ScanIter(ctx, redpoll.Match("stays:*"), redpoll.Count(7)) {
		if err != nil {
			t.Fatal(err)
		}
		seen[key] = true
		if steps++; steps > 20*stay {
			t.Fatal("the walk does not end")
		}
		if _, err := rdb.Del(ctx, "goes:"+strconv.Itoa(steps)); err != nil {
			t.Fatal(err)
		}
		if steps > stay {
			continue
		}
		for i := range 10 {
			if err := rdb.Set(ctx, fmt.Sprintf("comes:%d:%d", steps, i), i); err != nil {
				t.Fatal(err)
			}
		}
	}
	if len(seen) != stay {
		t.Errorf("%d of %d keys were seen", len(seen), stay)
	}
}

// A sequence that is pulled may be stopped early. Several loops over one sequence do not disturb each other.
func TestScanIterPulled(t *testing.T) {
	t.Parallel()
	p := testkit.Listen(t, book(map[string]string{"0": page(5, "a", "b"), "5": page(0, "c")}))
	rdb := clients.New(t, redpoll.Options{Addr: p.Addr(), Protocol: 2})
	keys := rdb.ScanIter(t.Context())
	next, stop := iter.Pull2(keys)
	defer stop()
	first, err, ok := next()
	if first != "a" || err != nil || !ok {
		t.Errorf("the first key is %q, %v, %v", first, err, ok)
	}
	if got, want := collect(t, keys), []string{"a", "b", "c"}; !slices.Equal(got, want) {
		t.Errorf("the keys of the other loop are %q, want %q", got, want)
	}
	if second, err, ok := next(); second != "b" || err != nil || !ok {
		t.Errorf("the second key is %q, %v, %v", second, err, ok)
	}
	stop()
	if _, _, ok := next(); ok {
		t.Error("the sequence goes on after stop")
	}
	if n := p.Count("SCAN"); n != 3 {
		t.Errorf("%d calls, want one of the pulled loop and two of the other", n)
	}
}

// If the client is closed inside the loop, the loop ends with the next page.
func TestScanIterOfAClosedClient(t *testing.T) {
	t.Parallel()
	p := testkit.Listen(t, book(map[string]string{"0": page(5, "a"), "5": page(0, "b")}))
	rdb := clients.New(t, redpoll.Options{Addr: p.Addr(), Protocol: 2})
	var errs []error
	for _, err := range rdb.ScanIter(t.Context()) {
		errs = append(errs, err)
		_ = rdb.Close()
	}
	if len(errs) != 2 || errs[0] != nil || !errors.Is(errs[1], redpoll.ErrClosed) {
		t.Errorf("the errors are %v", errs)
	}
	onlyError(t, rdb.ScanIter(t.Context()), redpoll.ErrClosed)
}
