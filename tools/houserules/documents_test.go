package main

import (
	"go/parser"
	"go/token"
	"testing"
)

func TestDocuments(t *testing.T) {
	t.Parallel()
	const code = `package redpoll
type Client struct{}
type Z struct{ Member string }
func (c *Client) Get() {}
func (z Z) Text() {}
func Open() {}
const NX = 1
var Nil error
`
	file, err := parser.ParseFile(token.NewFileSet(), "a.go", code, 0)
	if err != nil {
		t.Fatal(err)
	}
	api := exported{make(map[string]bool), make(map[string]bool)}
	api.collect(file)

	tests := []struct {
		name, text string
		want       int
	}{
		{"known names",
			"`redpoll.Open`, redpoll.NX, redpoll.Nil, redpoll.Z{}, redpoll.Client and rdb.Get(ctx)", 0},
		{"unknown name", "redpoll.Lock", 1},
		{"unknown method", "rdb.Lock(ctx)", 1},
		{"a function, not a method", "rdb.Open", 1},
		{"a method of another type", "rdb.Text", 1},
		{"a method, not a name", "redpoll.Get", 1},
		{"a URL", "https://example.org/redpoll.git", 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if found := checkDocument("a.md", test.text, api); len(found) != test.want {
				t.Errorf("found %v, want %d", found, test.want)
			}
		})
	}
}
