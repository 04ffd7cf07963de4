// Package spare keeps records for their next use.
package spare

import "sync"

// Pool keeps records of one type. Its zero value is an empty pool. Any goroutine may use it, and it must
// not be copied.
type Pool[T any] struct{ pool sync.Pool }

// Get takes a record out of the pool, nil if there is none.
func (p *Pool[T]) Get() *T {
	record, _ := p.pool.Get().(*T)
	return record
}

// Put gives a record to the pool. The garbage collector may take it from there.
func (p *Pool[T]) Put(record *T) { p.pool.Put(record) }
