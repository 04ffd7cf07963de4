package notes_test

import (
	"testing"
	"testing/synctest"

	"github.com/redpoll-go/redpoll/internal/notes"
	"github.com/redpoll-go/redpoll/internal/testkit"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// Notes come in their order. While the function stands still offers beyond the bound are left out, added
// notes are not, and nobody waits.
func TestQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gate := make(chan struct{})
		var told []int
		q := notes.New(func(n int) {
			<-gate
			told = append(told, n)
		})
		q.Add(-1)
		synctest.Wait() // it stands still
		for i := range notes.Most + 10 {
			q.Offer(i)
		}
		q.Add(notes.Most)
		close(gate)
		synctest.Wait()
		if len(told) != notes.Most+2 {
			t.Fatalf("%d notes were told, want %d", len(told), notes.Most+2)
		}
		for i, n := range told {
			if n != i-1 {
				t.Fatalf("%d was told in the place of %d", n, i-1)
			}
		}
		q.Offer(0) // the goroutine has ended, and begins anew
		synctest.Wait()
		if n := len(told); n != notes.Most+3 {
			t.Errorf("%d notes were told, want %d", n, notes.Most+3)
		}
	})
}

// Notes that a function adds itself are told as well.
func TestNotesOfTheFunction(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var q *notes.Queue[int]
		var told []int
		q = notes.New(func(n int) {
			if told = append(told, n); n > 0 {
				q.Add(n - 1)
			}
		})
		q.Add(3)
		synctest.Wait()
		if len(told) != 4 {
			t.Errorf("%v were told, want 3 to 0", told)
		}
	})
}
