// Package walk says how far a walk over the keys of several servers has got, also as a text.
package walk

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"hash/crc32"
	"strings"
)

// Kind says what a walk leads over.
type Kind string

// Kinds of places.
const (
	Server  Kind = "server"
	Cluster Kind = "cluster"
	Ring    Kind = "ring"
	Copy    Kind = "copy"
)

// Place says how far a walk over the keys of one client has got. The zero value of all fields but Kind is the
// beginning.
type Place struct {
	Kind Kind `json:"kind"`
	Done bool `json:"done,omitempty"` // all keys were given

	// Of a server.
	Run    string `json:"run,omitempty"`    // the process that knows the cursor
	Cursor uint64 `json:"cursor,omitempty"` // of the page under way

	// Of a cluster.
	Left  *Slots `json:"left,omitempty"`  // slots that are not done; nil means all
	Share *Share `json:"share,omitempty"` // of the node under way

	// Of a ring by the names of its nodes; of a copy the node under way.
	Nodes map[string]*Place `json:"nodes,omitempty"`
}

// Share is the part of a walk over a cluster that one node gives.
type Share struct {
	ID     string `json:"id"`    // of the node
	Epoch  int64  `json:"epoch"` // changes when the node takes a slot, or is promoted
	Run    string `json:"run,omitempty"`
	Has    Slots  `json:"has"` // its slots before the first page, without those on their way
	Cursor uint64 `json:"cursor,omitempty"`
}

// Same reports whether a node has taken no slot since it was asked for s, and has not been started anew.
func (s *Share) Same(now *Share) bool {
	return s.ID == now.ID && s.Epoch == now.Epoch && s.Run == now.Run
}

// Node returns the place in a node of a ring or a copy. A node of another kind than before begins anew.
func (p *Place) Node(name string, kind Kind) *Place {
	if p.Nodes == nil {
		p.Nodes = make(map[string]*Place)
	}
	if at := p.Nodes[name]; at == nil || at.Kind != kind {
		p.Nodes[name] = &Place{Kind: kind}
	}
	return p.Nodes[name]
}

// State is a place as a text, and what the walk looks for there.
type State struct {
	// Filter says which keys the walk gives: another one would miss keys at places that are done.
	Filter uint32 `json:"filter"`
	Place
}

// version begins the text of a state. Another one is needed when an older reader would misunderstand the
// text.
const version = "w1."

// Faults of a text.
var (
	ErrVersion = errors.New("is not the state of a walk, or was made by another version of redpoll")
	ErrText    = errors.New("is the damaged state of a walk")
)

// String returns the text: a version, and a checksum and JSON in letters that can stand in a URL.
func (s *State) String() string {
	body, _ := json.Marshal(s)
	body = binary.BigEndian.AppendUint32(body, crc32.ChecksumIEEE(body))
	return version + base64.RawURLEncoding.EncodeToString(body)
}

// Parse reads a text.
func Parse(text string) (*State, error) {
	encoded, ok := strings.CutPrefix(text, version)
	if !ok {
		return nil, ErrVersion
	}
	body, err := base64.RawURLEncoding.Strict().DecodeString(encoded)
	if err != nil || len(body) < crc32.Size {
		return nil, ErrText
	}
	body, sum := body[:len(body)-crc32.Size], binary.BigEndian.Uint32(body[len(body)-crc32.Size:])
	if crc32.ChecksumIEEE(body) != sum {
		return nil, ErrText
	}
	s := new(State)
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(s); err != nil || !s.valid() {
		return nil, ErrText
	}
	return s, nil
}

// valid reports whether the kinds of a place and its nodes are known.
func (p *Place) valid() bool {
	switch p.Kind {
	case Server, Cluster, Ring, Copy:
	default:
		return false
	}
	for _, node := range p.Nodes {
		if node == nil || !node.valid() {
			return false
		}
	}
	return true
}
