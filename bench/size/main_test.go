package main

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
)

const listed = `
{"ImportPath": "net", "Standard": true, "Export": "net.a"}
{"ImportPath": "github.com/redpoll-go/redpoll/resp", "Export": "resp.a", "Module": {"Path": "github.com/redpoll-go/redpoll"}}
{"ImportPath": "github.com/redpoll-go/redpoll", "Export": "redpoll.a", "Module": {"Path": "github.com/redpoll-go/redpoll"}}
{"ImportPath": "example.com/extra", "Export": "extra.a", "Module": {"Path": "example.com/extra"}}
{"ImportPath": "github.com/redpoll-go/redpoll/bench/size/testdata/redpoll", "Export": "main.a", "Module": {"Path": "github.com/redpoll-go/redpoll/bench"}}
`

func TestReadTellsOwnPackagesFromForeignOnes(t *testing.T) {
	t.Parallel()
	sizes := map[string]int64{"net.a": 1000, "resp.a": 1, "redpoll.a": 10, "extra.a": 100, "main.a": 1000}
	c, err := programs[0].read(strings.NewReader(listed), func(file string) (int64, error) {
		return sizes[file], nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if c.packages != 2 || c.archive != 111 || c.root != 10 ||
		!slices.Equal(c.foreign, []string{"example.com/extra"}) {
		t.Errorf("got %+v; want 2 packages, 111 bytes, 10 of them of the root, example.com/extra as the "+
			"foreign one", c)
	}
}

func TestReadRefusesBrokenList(t *testing.T) {
	t.Parallel()
	_, err := programs[0].read(strings.NewReader(`{"ImportPath": `),
		func(string) (int64, error) { return 0, nil })
	if err == nil || errors.Is(err, io.EOF) {
		t.Errorf("error %v; want one that says the list is broken", err)
	}
}

func TestCheckNamesEachBrokenBudget(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		ours cost
		want []string // parts of the error
	}{
		{"all kept", cost{root: 12 * megabyte, binary: 8 * megabyte}, nil},
		{"foreign package", cost{foreign: []string{"example.com/x"}}, []string{"example.com/x"}},
		{"archive too large", cost{root: 13 * megabyte}, []string{"13.00 MB exceeds 12.00"}},
		{"executable too large", cost{binary: 9 * megabyte}, []string{"4.00 MB larger"}},
		{"everything", cost{foreign: []string{"example.com/x"}, root: 13 * megabyte, binary: 9 * megabyte},
			[]string{"example.com/x", "13.00 MB", "4.00 MB"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			err := check(map[string]cost{"redpoll": test.ours, "redigo": {binary: 5 * megabyte}}, 12, 3)
			if (err != nil) != (len(test.want) > 0) {
				t.Fatalf("error %v; want parts %q", err, test.want)
			}
			for _, part := range test.want {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("error %q lacks %q", err, part)
				}
			}
		})
	}
}

func TestMedianIsOfEachTimeByItself(t *testing.T) {
	t.Parallel()
	got := median([]effort{{3, 30}, {1, 50}, {2, 10}, {9, 40}, {8, 20}})
	if want := (effort{3, 30}); got != want {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestRebuildBudget(t *testing.T) {
	t.Parallel()
	if err := checkRebuild(effort{wall: 25}, effort{wall: 10}, 2.5); err != nil {
		t.Errorf("just as long as allowed: %v", err)
	}
	if err := checkRebuild(effort{wall: 26}, effort{wall: 10}, 2.5); err == nil ||
		!strings.Contains(err.Error(), "2.60 times") {
		t.Errorf("too long: %v", err)
	}
}
