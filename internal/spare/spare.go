// Package spare keeps records of package redpoll for their next use. The pools are numbered, and their type stays here: the
// compiler gives each package that mentions a sync.Pool 45 KB of functions for what that is made of.
package spare

import "sync"

var pools [64]sync.Pool

// Get takes a record out of a pool, nil if there is none.
//
//go:noinline
func Get(pool uint8) any { return pools[pool].Get() }

// Put gives a record to a pool. The collector may take it from there.
//
//go:noinline
func Put(pool uint8, record any) { pools[pool].Put(record) }
