package copies

import (
	"maps"
	"slices"
	"sync"
	"sync/atomic"
)

// Carrier is a connection that may still carry a write which nobody waits for any more. The write could be
// executed after the key has been repaired, so the connection must end before.
type Carrier struct {
	Node  string // address of the server
	ID    int64  // of the connection at the server; 0 if it is not known
	Local string // its address on this side
}

// List has the keys that each server has missed, or may have. It is safe for concurrent use.
type List struct {
	most  int
	nodes []missed
}

// missed is what one server has missed.
type missed struct {
	some atomic.Bool // anything is listed; read without the lock

	mu       sync.Mutex
	keys     map[string]entry
	whole    bool      // the server is behind as a whole
	walked   bool      // all keys are being compared; those that are missed meanwhile are listed again
	carriers []Carrier // of a server that is behind as a whole

	late map[string]struct{} // keys of writes under way that enough others have executed
}

// entry is a key that a server has missed, or may have.
type entry struct {
	stale    bool // other servers have executed a write that this one has not, or may not have
	carriers []Carrier
}

// NewList makes an empty list for some servers. A server with more keys than most is behind as a whole.
func NewList(nodes, most int) *List { return &List{most: most, nodes: make([]missed, nodes)} }

// Add lists a key of a server. stale says that other servers have executed what this one may not have; else
// all of them are in doubt. by is the connection that may still carry a write; nil if there is none.
func (l *List) Add(node int, key []byte, stale bool, by *Carrier) {
	m := &l.nodes[node]
	m.mu.Lock()
	defer m.mu.Unlock()
	m.some.Store(true)
	e, listed := m.keys[string(key)]
	switch {
	case m.whole && !m.walked:
		m.carriers = appendCarrier(m.carriers, by)
		return
	case !listed && len(m.keys) >= l.most:
		m.fallBehind()
		m.carriers = appendCarrier(m.carriers, by)
		return
	case m.keys == nil:
		m.keys = make(map[string]entry)
	}
	m.keys[string(key)] = entry{e.stale || stale, appendCarrier(e.carriers, by)}
}

// Late notes that other servers have executed a write under way, and this one has not answered yet. Until
// InTime its value of the key counts as stale. Len leaves such a key out, since most of them need no repair.
func (l *List) Late(node int, key []byte) {
	m := &l.nodes[node]
	m.mu.Lock()
	defer m.mu.Unlock()
	m.some.Store(true)
	if m.late == nil {
		m.late = make(map[string]struct{})
	}
	m.late[string(key)] = struct{}{}
}

// InTime takes back Late. Whatever else is listed stays.
func (l *List) InTime(node int, key []byte) {
	m := &l.nodes[node]
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.late, string(key))
	m.look()
}

// look finds out whether anything is listed. mu is held.
func (m *missed) look() { m.some.Store(m.whole || len(m.keys) > 0 || len(m.late) > 0) }

// AddAll notes that a server is behind as a whole. by is as in Add.
func (l *List) AddAll(node int, by *Carrier) {
	m := &l.nodes[node]
	m.mu.Lock()
	defer m.mu.Unlock()
	m.some.Store(true)
	m.fallBehind()
	m.carriers = appendCarrier(m.carriers, by)
}

// fallBehind takes the whole server in the place of its keys. mu is held.
func (m *missed) fallBehind() {
	for _, e := range m.keys {
		for i := range e.carriers {
			m.carriers = appendCarrier(m.carriers, &e.carriers[i])
		}
	}
	m.whole, m.walked, m.keys = true, false, nil
}

func appendCarrier(list []Carrier, by *Carrier) []Carrier {
	if by == nil || slices.Contains(list, *by) {
		return list
	}
	return append(list, *by)
}

// Clean reports whether a server has missed nothing.
func (l *List) Clean(node int) bool { return !l.nodes[node].some.Load() }

// Behind reports whether a server is behind as a whole.
func (l *List) Behind(node int) bool {
	m := &l.nodes[node]
	if !m.some.Load() {
		return false
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.whole
}

// Has reports whether a server has, or may have, another value of a key than the others.
func (l *List) Has(node int, key []byte) bool {
	m := &l.nodes[node]
	if !m.some.Load() {
		return false
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	_, listed := m.keys[string(key)]
	_, late := m.late[string(key)]
	return m.whole || listed || late
}

// Listed reports whether a key of a server is in the list by itself.
func (l *List) Listed(node int, key []byte) bool {
	m := &l.nodes[node]
	if !m.some.Load() {
		return false
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	_, listed := m.keys[string(key)]
	return listed
}

// Stale reports whether a server has missed, or may have, a write of a key that others have executed.
func (l *List) Stale(node int, key []byte) bool {
	m := &l.nodes[node]
	if !m.some.Load() {
		return false
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	_, late := m.late[string(key)]
	return m.whole || late || m.keys[string(key)].stale
}

// Keys returns the keys that a server has missed, none of them if it is behind as a whole, and those for
// which it is late.
func (l *List) Keys(node int) []string {
	m := &l.nodes[node]
	m.mu.Lock()
	defer m.mu.Unlock()
	keys := slices.Collect(maps.Keys(m.keys))
	for key := range m.late {
		if _, listed := m.keys[key]; !listed {
			keys = append(keys, key)
		}
	}
	return keys
}

// Len returns the number of keys that a server has missed.
func (l *List) Len(node int) int {
	m := &l.nodes[node]
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.keys)
}

// Carriers returns the connections that may still carry a write of a key to a server.
func (l *List) Carriers(node int, key []byte) []Carrier {
	m := &l.nodes[node]
	m.mu.Lock()
	defer m.mu.Unlock()
	list := slices.Clone(m.carriers)
	for _, by := range m.keys[string(key)].carriers {
		list = appendCarrier(list, &by)
	}
	return list
}

// Done notes that a server has a key again. The caller has the key's ticket. A server that is behind as a
// whole stays so.
func (l *List) Done(node int, key []byte) {
	m := &l.nodes[node]
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.keys, string(key))
	m.look()
}

// Walk says that all keys of a server are about to be compared and put right. From now on keys that it misses
// are listed again.
func (l *List) Walk(node int) {
	m := &l.nodes[node]
	m.mu.Lock()
	defer m.mu.Unlock()
	m.walked = m.whole
}

// Walked says that all keys of a server have been compared since Walk: it is not behind as a whole any more,
// unless it has fallen behind again. Then Walked returns false.
func (l *List) Walked(node int) bool {
	m := &l.nodes[node]
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.whole && !m.walked {
		return false
	}
	m.whole, m.walked, m.carriers = false, false, nil
	m.look()
	return true
}
