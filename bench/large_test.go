package main

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
)

func TestProbe(t *testing.T) {
	t.Parallel()
	want := strings.Repeat("x", 1<<10)
	tests := []struct {
		name, got string
		size      int
		err       error
	}{
		{"equal", want, 1 << 10, nil},
		{"shorter", want[1:], 1<<10 - 1, nil}, // the caller checks the size
		{"another first byte", "y" + want[1:], 1 << 10, errDiffers},
		{"another last byte", want[1:] + "y", 1 << 10, errDiffers},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if size, err := probe(test.got, want, nil); size != test.size || !errors.Is(err, test.err) {
				t.Errorf("as string: size %d, error %v", size, err)
			}
			if size, err := probe([]byte(test.got), want, nil); size != test.size ||
				!errors.Is(err, test.err) {
				t.Errorf("as bytes: size %d, error %v", size, err)
			}
		})
	}
}

func TestProbePassesTheErrorOn(t *testing.T) {
	t.Parallel()
	if _, err := probe("", "value", context.Canceled); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

func TestLargeValuesDifferFromEachOther(t *testing.T) {
	t.Parallel()
	var d dataset
	d.addLarge(wantedSizes([]string{"get-1k", "set-64k-bytes"}))
	for i, size := range largeSizes {
		s := d.sized[i]
		if size.name != "1k" && size.name != "64k" {
			if s.keys != nil {
				t.Errorf("%s has values though nobody asks for them", size.name)
			}
			continue
		}
		for k, text := range s.texts {
			if len(text) != size.bytes || string(s.blobs[k]) != text {
				t.Errorf("%s, value %d: %d bytes as string, equal as bytes: %t", size.name, k, len(text),
					string(s.blobs[k]) == text)
			}
			if _, err := probe(s.texts[0], text, nil); (err == nil) != (k == 0) {
				t.Errorf("%s: value 0 passes for value %d: %v", size.name, k, err)
			}
		}
	}
	if got, want := len(d.largeCommands()), 2*2*largeKeys; got != want {
		t.Errorf("%d commands fill the server, want %d", got, want)
	}
}

func TestLargeNames(t *testing.T) {
	t.Parallel()
	all := workloadNames(largeWorkloads)
	for form, count := range map[string]int{"string": 14, "bytes": 14, "both": 28} {
		names, err := largeNames(form)
		if err != nil || len(names) != count {
			t.Errorf("%s: %d names, error %v; want %d", form, len(names), err, count)
		}
		for _, name := range names {
			if !slices.Contains(all, name) {
				t.Errorf("%s: there is no workload %s", form, name)
			}
		}
	}
}

// wrongReader answers every read with the same text.
type wrongReader struct {
	client
	text string
}

func (w wrongReader) get(context.Context, string) (string, error)      { return w.text, nil }
func (w wrongReader) getBytes(context.Context, string) ([]byte, error) { return []byte(w.text), nil }

func TestVerifyFindsAWrongReply(t *testing.T) {
	t.Parallel()
	var d dataset
	d.addLarge(wantedSizes([]string{"get-1k"}))
	value := []byte(d.sized[0].texts[0])
	value[100]++ // a byte that probe does not compare
	for _, w := range largeWorkloads {
		if !strings.Contains(w.name, "-1k") {
			continue
		}
		if err := w.verify(wrongReader{text: string(value)}, &d); !errors.Is(err, errDiffers) {
			t.Errorf("%s: error %v", w.name, err)
		}
	}
}
