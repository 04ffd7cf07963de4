package route

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"sync"

	"github.com/redpoll-go/redpoll/internal/command"
	"github.com/redpoll-go/redpoll/internal/conn"
	"github.com/redpoll-go/redpoll/internal/wire"
	"github.com/redpoll-go/redpoll/resp"
)

// ErrCrossSlot is the failure of a call that is refused before anything is sent: its keys belong to several
// slots, and the command cannot be split.
var ErrCrossSlot = errors.New("the keys belong to several slots")

// EachNodeError is the failure of a call that is about one node, while the router leads to several.
type EachNodeError struct{ Command *command.Info }

func (e *EachNodeError) Error() string { return e.Command.Name + " is about one node" }

// NodesError is the failure of a call of which parts went to several nodes.
type NodesError struct {
	Parts []NodePart // those that failed
	// Succeeded says that other parts succeeded.
	Succeeded bool
}

// NodePart is the part of a call that went to one node.
type NodePart struct {
	Node string
	Keys []int      // positions of its keys among those of the call
	Call *conn.Call // its record, which nothing else uses
}

func (e *NodesError) Error() string {
	p := e.Parts[0]
	err := p.Call.Err
	if p.Call.Refused() {
		err = &Refusal{p.Call.Refusal}
	}
	text := fmt.Sprintf("%s: %v", p.Node, err)
	if n := len(e.Parts); n > 1 {
		text += fmt.Sprintf(", and %d other nodes", n-1)
	}
	return text
}

// several is a router to several nodes, as far as a call needs it that is more than one node can answer.
type several interface {
	// node returns a name for errors of calls that have no node.
	node() string
	// place returns the number of the place where a key lives. One command can have all keys of one place.
	place(key []byte) int
	// apart returns the failure of a command whose keys are at several places, and that cannot be split.
	apart() error
	// anywhere reports whether a command without keys that goes to one node can go to any of them.
	anywhere(info *command.Info) bool
	// begin begins a call that goes to several nodes, and waits until they are known. Its parts are sent with
	// the context onward, and end is called when they have ended. If ok is false, the call has ended.
	begin(ctx context.Context, call *conn.Call) (onward context.Context, end func(), ok bool)
	// copies makes a piece with all of a call for each node that the rule of its command names.
	copies(call *conn.Call) []*piece
	// fan sends all pieces at once and waits for them. It returns those that count.
	fan(ctx context.Context, pieces []*piece) []*piece
	// divided sends a call in pieces, one for each place, and waits for them.
	divided(ctx context.Context, call *conn.Call, keys [][]byte) []*piece
}

// piece is a part of a call: some of its keys, or all of it for one of several nodes.
type piece struct {
	call  *conn.Call // may be shared by pieces that have ended alike
	at    *member    // its node, if the router is a cluster
	place int        // its node, if the router is a ring
	keys  []int
	frame []byte
}

// Decode keeps the reply.
func (p *piece) Decode(frame []byte) { p.frame = append(p.frame[:0], frame...) }

// Release leaves the record to the garbage collector.
func (p *piece) Release() {}

// spread sends a call to several nodes if its keys, or the rule of its command, say so. Otherwise it returns
// false, and nothing has happened. A call whose keys cannot be split fails.
func spread(ctx context.Context, r several, call *conn.Call) (done bool) {
	info := call.Info
	if info == nil || info.HasKeys() && !info.ManyKeys() || call.Route != nil && call.Route.To != conn.ToOwn {
		return false
	}
	w, _ := wire.Begin(call.Wire, call.Holes, 0)
	keys, err := info.AppendKeys(make([][]byte, 0, w.Left()), w)
	switch {
	case err != nil: // the server says what is wrong
		return false
	case len(keys) > 0 && atOnePlace(r, keys):
		return false
	case len(keys) > 0 && info.Policy != command.ByShard:
		call.NotSent("", r.apart(), conn.PhaseQueue)
		return true
	case len(keys) > 0:
	case r.anywhere(info):
		return false
	case info.Policy == command.OneNode, info.Policy == command.ByShard, info.Policy == command.Walk,
		info.Merge == command.MergeNone:
		call.NotSent("", &EachNodeError{info}, conn.PhaseQueue)
		return true
	}
	ctx, end, ok := r.begin(ctx, call)
	defer end()
	if !ok {
		return true
	}
	var pieces []*piece
	if len(keys) > 0 {
		pieces = r.divided(ctx, call, keys)
	} else {
		pieces = r.fan(ctx, r.copies(call))
	}
	for _, p := range pieces {
		call.Repeats = max(call.Repeats, p.call.Repeats)
	}
	call.RanOn("")
	frame, err := merge(info.Merge, pieces, len(keys))
	if err != nil {
		call.Unanswered(err)
		return true
	}
	call.Sink.Decode(frame)
	return true
}

// beside reports whether a command without keys, which alone would go elsewhere, may run on any node as a
// part of a pipeline.
func beside(info *command.Info) bool {
	return info.Flags.Has(command.Held) || info.Merge == command.MergeSame && info.Retry == command.RetryRead
}

// atOnePlace reports whether all keys are at one place.
func atOnePlace(r several, keys [][]byte) bool {
	first := r.place(keys[0])
	return !slices.ContainsFunc(keys[1:], func(key []byte) bool { return r.place(key) != first })
}

// prepare makes the record of a piece.
func (p *piece) prepare(call *conn.Call, bytes []byte) {
	p.call = new(conn.Call)
	p.call.Reset()
	p.call.Info, p.call.Once, p.call.Class, p.call.Wait = call.Info, call.Once, call.Class, call.Wait
	p.call.Sink, p.call.Wire = p, bytes
	if p.call.Class == conn.Large && len(bytes) < wire.Large {
		p.call.Class = conn.Shared
	}
}

// appendCommand appends the bytes of a command.
func appendCommand(dst []byte, words [][]byte) []byte {
	return appendWords(appendHead(dst, len(words)), words)
}

// appendHead appends the beginning of a command of n words.
func appendHead(dst []byte, n int) []byte {
	return append(strconv.AppendInt(append(dst, '*'), int64(n), 10), "\r\n"...)
}

func appendWords(dst []byte, words [][]byte) []byte {
	for _, w := range words {
		dst = append(strconv.AppendInt(append(dst, '$'), int64(len(w)), 10), "\r\n"...)
		dst = append(append(dst, w...), "\r\n"...)
	}
	return dst
}

// fulfilled is the record of all pieces with a result. Nobody changes it.
var fulfilled = new(conn.Call)

// shot is one of several calls that are sent at once. If gone is not nil, the call was given up.
type shot struct {
	call *conn.Call
	on   *conn.Conn // the connection; nil if none is at hand
	gone *conn.GaveUp
}

// scatter sends calls at once and waits for them. Those whose nodes have no connection at hand, and those
// that have to be sent again, have a goroutine each, so that no node waits for another one: again sends such
// a call, which may have failed on a connection already. given reports whether any call was given up.
func scatter(ctx context.Context, shots []shot,
	again func(i int, first *conn.Conn) *conn.GaveUp) (given bool) {
	var waiting sync.WaitGroup
	send := func(i int, first *conn.Conn) {
		waiting.Go(func() { shots[i].gone = again(i, first) })
	}
	var posted []*shot
	for i := range shots {
		if s := &shots[i]; s.on != nil {
			posted = append(posted, s)
		} else {
			send(i, nil)
		}
	}
	post(ctx, posted)
	for i := range shots {
		if s := &shots[i]; s.on != nil && s.gone == nil && !s.call.Answered() {
			send(i, s.call.Conn())
		}
	}
	waiting.Wait()
	return slices.ContainsFunc(shots, func(s shot) bool { return s.gone != nil })
}

// post posts calls to their connections, those for one connection together, and waits for all of them.
func post(ctx context.Context, list []*shot) {
	if len(list) == 0 {
		return
	}
	calls, posted := make([]*conn.Call, len(list)), make([]conn.Posted, len(list))
	for i, s := range list {
		calls[i], posted[i] = s.call, conn.Posted{Call: s.call, On: s.on}
	}
	join := conn.NewJoin(calls...)
	conn.Post(posted...)
	for i, gone := range join.Wait(ctx) {
		list[i].gone = gone
	}
}

// without returns a piece that was given up, without its record, which belongs to the connection now.
func (p *piece) without(gone *conn.GaveUp) *piece {
	left := &piece{at: p.at, place: p.place, keys: p.keys, call: new(conn.Call)}
	left.call.Reset()
	left.call.NotSent(gone.Node, gone, conn.PhaseRead)
	left.call.Outcome = gone.Outcome
	return left
}

// failures returns what went wrong with some pieces, nil if nothing did. Pieces that share a record are one
// part.
func failures(pieces []*piece) error {
	var e NodesError
	for _, p := range pieces {
		if p.call.Answered() {
			e.Succeeded = true
			continue
		}
		i := slices.IndexFunc(e.Parts, func(part NodePart) bool { return part.Call == p.call })
		if i < 0 {
			i = len(e.Parts)
			e.Parts = append(e.Parts, NodePart{Node: p.call.Node(), Call: p.call})
		}
		e.Parts[i].Keys = append(e.Parts[i].Keys, p.keys...)
	}
	if len(e.Parts) == 0 {
		return nil
	}
	return &e
}

// merge makes one reply of those of all pieces, or returns the failures of some. keys is the number of keys
// of the call. A reply of another shape than the rule wants is the result: the caller cannot read it either,
// and says so.
func merge(how command.Merge, pieces []*piece, keys int) ([]byte, error) {
	if len(pieces) == 0 {
		return nil, errNoOwner
	}
	if how == command.MergeOne {
		from := rand.IntN(len(pieces))
		for i := range pieces {
			if p := pieces[(from+i)%len(pieces)]; p.call.Answered() {
				if d := resp.NewDecoder(p.frame); !d.IsNull() {
					return p.frame, nil
				}
			}
		}
	}
	if err := failures(pieces); err != nil {
		return nil, err
	}
	switch how {
	case command.MergeSum, command.MergeMin:
		return mergeNumbers(how, pieces), nil
	case command.MergeByKey:
		return mergeByKey(pieces, keys)
	case command.MergeJoin:
		return mergeJoin(pieces), nil
	case command.MergeUnion:
		return mergeUnion(pieces), nil
	case command.MergeCounts:
		return mergeCounts(pieces), nil
	case command.MergeAnd:
		return mergeAnd(pieces), nil
	}
	return pieces[0].frame, nil
}

func mergeNumbers(how command.Merge, pieces []*piece) []byte {
	frames := make([][]byte, len(pieces))
	for i, p := range pieces {
		frames[i] = p.frame
	}
	return mergeIntegers(how, frames)
}

// mergeIntegers makes one integer of several, or returns the first frame that is none.
func mergeIntegers(how command.Merge, frames [][]byte) []byte {
	var all int64
	for i, frame := range frames {
		d := resp.NewDecoder(frame)
		n, err := d.Int()
		switch {
		case err != nil:
			return frame
		case how == command.MergeSum:
			all += n
		case i == 0 || n < all:
			all = n
		}
	}
	return fmt.Appendf(nil, ":%d\r\n", all)
}

// mergeByKey puts the elements of lists where their keys are.
func mergeByKey(pieces []*piece, keys int) ([]byte, error) {
	list := make([][]byte, keys)
	for _, p := range pieces {
		d := resp.NewDecoder(p.frame)
		n, err := d.Len()
		if err != nil {
			return p.frame, nil
		}
		if n != len(p.keys) {
			return nil, &conn.DesyncError{Reason: fmt.Sprintf("%d elements for %d keys", n, len(p.keys))}
		}
		for i := range n {
			if list[p.keys[i]], err = d.Raw(); err != nil {
				return nil, err
			}
		}
	}
	return joined('*', list), nil
}

// mergeJoin makes one list of all elements. Sets and maps stay what they are.
func mergeJoin(pieces []*piece) []byte {
	var list [][]byte
	kind := byte('*')
	for _, p := range pieces {
		d := resp.NewDecoder(p.frame)
		kind = byte(d.Kind())
		n, err := d.Len()
		for i := 0; err == nil && i < n; i++ {
			var element []byte
			element, err = d.Raw()
			list = append(list, element)
		}
		if err != nil {
			return p.frame
		}
	}
	return joined(kind, list)
}

// mergeUnion makes one list of all different elements.
func mergeUnion(pieces []*piece) []byte {
	var list [][]byte
	seen := make(map[string]bool)
	for _, p := range pieces {
		d := resp.NewDecoder(p.frame)
		n, err := d.Len()
		for i := 0; err == nil && i < n; i++ {
			var element []byte
			if element, err = d.Raw(); !seen[string(element)] {
				seen[string(element)] = true
				list = append(list, element)
			}
		}
		if err != nil {
			return p.frame
		}
	}
	return joined('*', list)
}

// mergeCounts makes one list of pairs, a name and a number, by adding up the numbers at each place.
func mergeCounts(pieces []*piece) []byte {
	var list [][]byte
	var sums []int64
	for i, p := range pieces {
		d := resp.NewDecoder(p.frame)
		n, err := d.MapLen()
		if err == nil && i > 0 && n != len(sums) {
			return p.frame
		}
		if i == 0 {
			list, sums = make([][]byte, 2*n), make([]int64, n)
		}
		for j := 0; err == nil && j < n; j++ {
			var count int64
			if list[2*j], err = d.Raw(); err == nil {
				count, err = d.Int()
			}
			sums[j] += count
		}
		if err != nil {
			return p.frame
		}
	}
	for j, sum := range sums {
		list[2*j+1] = fmt.Appendf(nil, ":%d\r\n", sum)
	}
	return joined('*', list)
}

// joined makes a list of elements.
func joined(kind byte, list [][]byte) []byte {
	n := len(list)
	if kind == '%' {
		n /= 2
	}
	size := 32
	for _, element := range list {
		size += len(element)
	}
	frame := fmt.Appendf(make([]byte, 0, size), "%c%d\r\n", kind, n)
	for _, element := range list {
		frame = append(frame, element...)
	}
	return frame
}

// mergeAnd makes a list of flags of which each is set if it is set in all lists.
func mergeAnd(pieces []*piece) []byte {
	var all []int64
	for i, p := range pieces {
		d := resp.NewDecoder(p.frame)
		n, err := d.Len()
		if err == nil && i > 0 && n != len(all) {
			return p.frame
		}
		for j := 0; err == nil && j < n; j++ {
			var flag int64
			if flag, err = d.Int(); i == 0 {
				all = append(all, flag)
			} else {
				all[j] = min(all[j], flag)
			}
		}
		if err != nil {
			return p.frame
		}
	}
	frame := fmt.Appendf(nil, "*%d\r\n", len(all))
	for _, flag := range all {
		frame = fmt.Appendf(frame, ":%d\r\n", flag)
	}
	return frame
}
