package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// largeSize is a size of values for the workloads of -large.
type largeSize struct {
	name  string
	bytes int
}

// largeSizes go from sizes where the calls cost most to sizes where only the bytes count.
var largeSizes = []largeSize{
	{"1k", 1 << 10}, {"16k", 16 << 10}, {"64k", 64 << 10}, {"256k", 256 << 10},
	{"1m", 1 << 20}, {"4m", 4 << 20}, {"16m", 16 << 20},
}

const (
	// largeKeys is the number of keys of each size to read, and also to write.
	largeKeys = 4
	// largeShift is the distance of two values in the random text from which all values are cut.
	largeShift = 61
	// largeProbes is how many bytes of a reply are compared during the measurement.
	largeProbes = 16
)

// largeCallers, largePeers and largeRounds are the defaults of -large.
const (
	largeCallers = "1,16"
	largePeers   = "redpoll,redpoll-again,rueidis,goredis,floor"
	largeRounds  = 3
)

// largeWorkloads do not belong to the default run: -large or -workloads chooses them.
var largeWorkloads = newLargeWorkloads()

func newLargeWorkloads() (all []workload) {
	for _, f := range forms {
		for i, size := range largeSizes {
			all = append(all, largeSet(i, size, f), largeGet(i, size, f))
		}
	}
	return all
}

// largeSizeNames returns the sizes in the names of workloads.
func largeSizeNames() string {
	var names []string
	for _, size := range largeSizes {
		names = append(names, size.name)
	}
	return strings.Join(names, ", ")
}

func largeSet(i int, size largeSize, f form) workload {
	w := workload{
		large: true,
		call: func(c client, d *dataset, n int) (int, error) {
			return 0, f.set(c, &d.sized[i], n%largeKeys)
		},
		verify: func(c client, d *dataset) error {
			s := &d.sized[i]
			for k, key := range s.targets { // the result of the measured calls
				if err := same(c, f, key, s.texts[k]); err != nil {
					return err
				}
			}
			// The key had its value before these calls: only one more write shows that the client writes it.
			if err := firstError(c.set(context.Background(), s.targets[0], ""), f.set(c, s, 0)); err != nil {
				return err
			}
			return same(c, f, s.targets[0], s.texts[0])
		},
		request: func(d *dataset) []string {
			return []string{"SET", d.sized[i].targets[0], d.sized[i].texts[0]}
		},
	}
	w.name, w.title = largeName("set", size, f)
	return w
}

func largeGet(i int, size largeSize, f form) workload {
	w := workload{
		want: size.bytes, large: true,
		call: func(c client, d *dataset, n int) (int, error) {
			return f.get(c, &d.sized[i], n%largeKeys)
		},
		verify: func(c client, d *dataset) error {
			for k, key := range d.sized[i].keys {
				if err := same(c, f, key, d.sized[i].texts[k]); err != nil {
					return err
				}
			}
			return nil
		},
		request: func(d *dataset) []string { return []string{"GET", d.sized[i].keys[0]} },
	}
	w.name, w.title = largeName("get", size, f)
	return w
}

// largeName returns get-1m for strings, and get-1m-bytes for []byte.
func largeName(verb string, size largeSize, f form) (name, title string) {
	name, title = verb+"-"+size.name,
		fmt.Sprintf("%s of %s as %s", strings.ToUpper(verb), size.name, f.name())
	if f != form(asText{}) {
		name += "-" + f.name()
	}
	return name, title
}

// largeNames returns the workloads whose values have this form, or all of them for "both".
func largeNames(formName string) (names []string, err error) {
	for _, f := range forms {
		if formName != f.name() && formName != "both" {
			continue
		}
		for _, size := range largeSizes {
			for _, verb := range []string{"set", "get"} {
				name, _ := largeName(verb, size, f)
				names = append(names, name)
			}
		}
	}
	if names == nil {
		return nil, fmt.Errorf("large %q: there are string, bytes and both", formName)
	}
	return names, nil
}

// form is the Go type of a client's values.
type form interface {
	name() string
	// set writes value k to its key; get reads it and checks its size and a few of its bytes.
	set(c client, s *sizedValues, k int) error
	get(c client, s *sizedValues, k int) (size int, err error)
	// read returns a value whole.
	read(c client, key string) (string, error)
}

var forms = []form{asText{}, asBlob{}}

// asText is the form string.
type asText struct{}

func (asText) name() string { return "string" }

func (asText) set(c client, s *sizedValues, k int) error {
	return c.set(context.Background(), s.targets[k], s.texts[k])
}

func (asText) get(c client, s *sizedValues, k int) (int, error) {
	v, err := c.get(context.Background(), s.keys[k])
	return probe(v, s.texts[k], err)
}

func (asText) read(c client, key string) (string, error) { return c.get(context.Background(), key) }

// asBlob is the form []byte.
type asBlob struct{}

func (asBlob) name() string { return "bytes" }

func (asBlob) set(c client, s *sizedValues, k int) error {
	return c.setBytes(context.Background(), s.targets[k], s.blobs[k])
}

func (asBlob) get(c client, s *sizedValues, k int) (int, error) {
	v, err := c.getBytes(context.Background(), s.keys[k])
	return probe(v, s.texts[k], err)
}

func (asBlob) read(c client, key string) (string, error) {
	v, err := c.getBytes(context.Background(), key)
	return string(v), err
}

// errDiffers says that a reply differs from the value that was set.
var errDiffers = errors.New("the reply differs from what was set")

// probe compares the length and a few bytes spread over a reply, and returns its size. A comparison of all
// bytes would cost up to a tenth of the call: verify does it outside the measurement.
func probe[T string | []byte](got T, want string, err error) (int, error) {
	if err != nil || len(got) != len(want) {
		return len(got), err
	}
	for i := range largeProbes {
		at := (len(want) - 1) * i / (largeProbes - 1)
		if got[at] != want[at] {
			return len(got), errDiffers
		}
	}
	return len(got), nil
}

// same reads a key and compares its whole value.
func same(c client, f form, key, want string) error {
	got, err := f.read(c, key)
	if err == nil && got != want {
		err = fmt.Errorf("%s, %d bytes where there should be %d: %w", key, len(got), len(want), errDiffers)
	}
	return err
}

// sizedValues are the keys and values of one of the largeSizes. All keys have different values, so a reply to
// the wrong caller is noticed.
type sizedValues struct {
	keys    []string // to read
	targets []string // to write
	texts   []string // by key
	blobs   [][]byte // the same as []byte
}

// addLarge makes the values of these sizes; other sizes stay empty. All values are cut from the same random
// text.
func (d *dataset) addLarge(wanted []bool) {
	d.sized = make([]sizedValues, len(largeSizes))
	longest := 0
	for i, size := range largeSizes {
		if wanted[i] {
			longest = size.bytes
		}
	}
	blob := make([]byte, longest+largeKeys*largeShift)
	_, _ = rand.NewChaCha8([32]byte{}).Read(blob) // it never fails
	text := string(blob)
	for i, size := range largeSizes {
		if !wanted[i] {
			continue
		}
		s := sizedValues{
			keys:    names("bench:"+size.name+":", largeKeys),
			targets: names("bench:target:"+size.name+":", largeKeys),
		}
		for k := range largeKeys {
			begin := k * largeShift
			s.texts = append(s.texts, text[begin:begin+size.bytes])
			s.blobs = append(s.blobs, blob[begin:begin+size.bytes:begin+size.bytes])
		}
		d.sized[i] = s
	}
}

// wantedSizes reports which of the largeSizes these workloads need.
func wantedSizes(workloads []string) []bool {
	wanted := make([]bool, len(largeSizes))
	for i, size := range largeSizes {
		for _, f := range forms {
			for _, verb := range []string{"set", "get"} {
				name, _ := largeName(verb, size, f)
				wanted[i] = wanted[i] || slices.Contains(workloads, name)
			}
		}
	}
	return wanted
}

// largeCommands returns commands that write all values, even those that are only written later: then the
// server has allocated their memory.
func (d *dataset) largeCommands() (cmds [][]string) {
	for _, s := range d.sized {
		for k, text := range s.texts {
			cmds = append(cmds, []string{"SET", s.keys[k], text}, []string{"SET", s.targets[k], text})
		}
	}
	return cmds
}
