// Package notes hands notes over to a logger, a hook or other user code. Nobody waits for that code, and it
// runs under no lock.
package notes

import "sync"

// Queue hands notes to a function one after the other, in their order. The function runs on a goroutine that
// exists only while there are notes. A Queue is safe for concurrent use; its lock is a leaf.
type Queue[T any] struct {
	tell func(T)

	mu      sync.Mutex
	waiting []T
	telling bool // the goroutine exists
}

// Most is the number of waiting notes above which Offer leaves further ones out.
const Most = 1000

// New makes a queue for a function.
func New[T any](tell func(T)) *Queue[T] { return &Queue[T]{tell: tell} }

// Add hands a note over, however many wait.
func (q *Queue[T]) Add(note T) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.add(note)
}

// Offer hands a note over, unless the function stands still and Most notes wait for it.
func (q *Queue[T]) Offer(note T) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.waiting) < Most {
		q.add(note)
	}
}

func (q *Queue[T]) add(note T) {
	q.waiting = append(q.waiting, note)
	if !q.telling {
		q.telling = true
		go q.run()
	}
}

// run tells notes until none is left.
func (q *Queue[T]) run() {
	for {
		q.mu.Lock()
		notes := q.waiting
		q.waiting = nil
		q.telling = len(notes) > 0
		q.mu.Unlock()
		if len(notes) == 0 {
			return
		}
		for _, note := range notes {
			q.tell(note)
		}
	}
}
