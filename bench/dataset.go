package main

import (
	"fmt"
	"strconv"
	"strings"
)

const (
	stringCount  = 1024
	counterCount = 512
	batchSize    = 100 // keys of an MGET, elements of the list and the sorted set
	hashFields   = 50
	smallValue   = 64
	largeValue   = 4 << 10
	elementSize  = 32
)

// dataset describes the data on the server. It is read only, so all callers share it. It also has the
// prepared arguments of calls, which are not the client's work: key names, values and the argument list of an
// MGET.
type dataset struct {
	strings  []string // keys with smallValue bytes each
	large    []string // keys with largeValue bytes each
	counters []string
	batch    []string // the keys of one MGET
	value    string   // value of SET
	targets  []string // keys of SET, so that reads keep their values
	hash     string
	list     string
	zset     string
	sized    []sizedValues // by index of largeSizes; nil without workloads of -large
}

func newDataset() *dataset {
	d := &dataset{
		strings:  names("bench:string:", stringCount),
		large:    names("bench:large:", 64),
		counters: names("bench:counter:", counterCount),
		targets:  names("bench:target:", stringCount),
		value:    strings.Repeat("v", smallValue),
		hash:     "bench:hash",
		list:     "bench:list",
		zset:     "bench:zset",
	}
	d.batch = d.strings[:batchSize]
	return d
}

func names(prefix string, n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = fmt.Sprintf("%s%04d", prefix, i)
	}
	return out
}

// fill writes the dataset to the server.
func (d *dataset) fill(addr string) error {
	w, err := dialWire(addr, nil)
	if err != nil {
		return err
	}
	defer w.close()
	for _, cmd := range d.commands() {
		if _, err := w.do(cmd...); err != nil {
			return fmt.Errorf("fill the server: %s: %w", cmd[0], err)
		}
	}
	return nil
}

func (d *dataset) commands() [][]string {
	cmds := [][]string{{"FLUSHALL"}}
	for _, k := range d.strings {
		cmds = append(cmds, []string{"SET", k, d.value})
	}
	for _, k := range d.large {
		cmds = append(cmds, []string{"SET", k, strings.Repeat("l", largeValue)})
	}
	for _, k := range d.counters {
		cmds = append(cmds, []string{"SET", k, "1000000000000"})
	}
	hash, list, zset := []string{"HSET", d.hash}, []string{"RPUSH", d.list}, []string{"ZADD", d.zset}
	for i := range hashFields {
		hash = append(hash, fmt.Sprintf("field:%04d", i), strings.Repeat("h", elementSize))
	}
	for i := range batchSize {
		element := fmt.Sprintf("%04d%s", i, strings.Repeat("e", elementSize-4))
		list = append(list, element)
		zset = append(zset, strconv.FormatFloat(float64(i)*1.25, 'f', -1, 64), element)
	}
	return append(append(cmds, hash, list, zset), d.largeCommands()...)
}
