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
	if c.packages != 2 || c.archive != 111 || !slices.Equal(c.foreign, []string{"example.com/extra"}) {
		t.Errorf("got %+v; want 2 packages, 111 bytes, example.com/extra as the foreign one", c)
	}
}

func TestReadRefusesBrokenList(t *testing.T) {
	t.Parallel()
	_, err := programs[0].read(strings.NewReader(`{"ImportPath": `), func(string) (int64, error) { return 0, nil })
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
		{"all kept", cost{archive: 12 * megabyte, binary: 8 * megabyte}, nil},
		{"foreign package", cost{foreign: []string{"example.com/x"}}, []string{"example.com/x"}},
		{"archive too large", cost{archive: 13 * megabyte}, []string{"13.00 MiB exceed 12.00"}},
		{"executable too large", cost{binary: 9 * megabyte}, []string{"4.00 MiB larger"}},
		{"everything", cost{foreign: []string{"example.com/x"}, archive: 13 * megabyte, binary: 9 * megabyte},
			[]string{"example.com/x", "13.00 MiB", "4.00 MiB"}},
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
