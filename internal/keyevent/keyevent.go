// Package keyevent knows the names of keyspace notifications: the channels on which servers publish them, and
// the setting notify-keyspace-events. It knows no connection.
//
// An event of a key is published twice, on __keyspace@0__:key with the event as its message, and on
// __keyevent@0__:event with the key.
package keyevent

import (
	"fmt"
	"strconv"
	"strings"
)

// Kind is which of the two channels of an event is meant.
type Kind byte

// The kinds, by their letters in the setting.
const (
	Keyspace Kind = 'K' // the name has the key, the message the event
	Event    Kind = 'E' // the name has the event, the message the key
)

func (k Kind) prefix() string {
	if k == Keyspace {
		return "__keyspace@"
	}
	return "__keyevent@"
}

// Channel is the name of a channel, taken apart.
type Channel struct {
	Kind Kind
	DB   int
	Name string // the key, or the event
}

// ParseChannel takes a name apart. It reports false for channels that are about something else. A key may
// hold anything, blanks and "__:" included.
func ParseChannel(name string) (Channel, bool) {
	for _, kind := range [...]Kind{Keyspace, Event} {
		rest, ok := strings.CutPrefix(name, kind.prefix())
		if !ok {
			continue
		}
		db, rest, ok := strings.Cut(rest, "__:")
		n, err := strconv.ParseUint(db, 10, 31)
		return Channel{kind, int(n), rest}, ok && err == nil
	}
	return Channel{}, false
}

// String gives the name of the channel.
func (c Channel) String() string { return c.Kind.prefix() + strconv.Itoa(c.DB) + "__:" + c.Name }

// Pattern gives a pattern for PSUBSCRIBE that fits the channels of one database whose key or event fits a
// glob.
func Pattern(kind Kind, db int, glob string) string {
	return kind.prefix() + strconv.Itoa(db) + "__:" + glob
}

// PatternOfAll is Pattern for all databases.
func PatternOfAll(kind Kind, glob string) string { return kind.prefix() + "*__:" + glob }

// Quote gives a glob that fits this text alone.
func Quote(text string) string { return globs.Replace(text) }

var globs = strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`, `]`, `\]`)

// Setting is a value of notify-keyspace-events: a set of letters. K and E say on which channels events are
// published, all others stand for classes of events. Both are needed: without K and E nothing is published,
// and without classes neither.
type Setting uint64

// all is what A stands for. Misses of keys, new keys and the like are not part of it.
const all = "g$lshzxetd"

// order is that of the letters in texts.
const order = "AKEg$lshzxetdmnoc"

// ParseSetting reads the text that CONFIG GET gives. Letters of newer servers are kept.
func ParseSetting(text string) (Setting, error) {
	var s Setting
	for i := range len(text) {
		if text[i] == 'A' {
			for j := range len(all) {
				s |= bit(all[j])
			}
			continue
		}
		b := bit(text[i])
		if b == 0 {
			return 0, fmt.Errorf("notify-keyspace-events has %q, which is not a letter", text[i])
		}
		s |= b
	}
	return s, nil
}

// bit is that of a letter, 0 if it is not one.
func bit(letter byte) Setting {
	switch {
	case letter >= 'a' && letter <= 'z':
		return 1 << (letter - 'a')
	case letter >= 'A' && letter <= 'Z':
		return 1 << (letter - 'A' + 26)
	case letter == '$':
		return 1 << 52
	}
	return 0
}

// Has reports whether a letter is in the set.
func (s Setting) Has(letter byte) bool { return s&bit(letter) != 0 }

// Without gives what the other set lacks of this one: what has to be added to a server's setting, if s is
// what is needed.
func (s Setting) Without(other Setting) Setting { return s &^ other }

// With gives the letters of both.
func (s Setting) With(other Setting) Setting { return s | other }

// String writes the set as servers do, with A for the classes that it stands for. It can be given to CONFIG
// SET.
func (s Setting) String() string {
	var b strings.Builder
	whole, _ := ParseSetting("A")
	if s&whole == whole {
		b.WriteByte('A')
		s &^= whole
	}
	for i := 1; i < len(order); i++ {
		if s.Has(order[i]) {
			b.WriteByte(order[i])
			s &^= bit(order[i])
		}
	}
	for c := byte('A'); c <= 'z'; c++ {
		if s.Has(c) {
			b.WriteByte(c)
		}
	}
	return b.String()
}

// Needed gives the setting under which events are published on channels of one kind. An event that is not
// known, or a glob, needs all classes of A; so do no events at all, which stand for every one.
func Needed(kind Kind, events ...string) Setting {
	s := bit(byte(kind))
	for _, event := range events {
		class, ok := classes[event]
		if !ok {
			class = 'A'
		}
		more, _ := ParseSetting(string(class))
		s |= more
	}
	if len(events) == 0 {
		s |= Needed(kind, "*")
	}
	return s
}

// classes has the class of each event.
var classes = func() map[string]byte {
	m := make(map[string]byte)
	for letter, events := range map[byte]string{
		'g': "del rename_from rename_to move_from move_to copy_to restore expire persist",
		'$': "set setrange setbit incrby incrbyfloat append pfadd",
		'l': "lpush rpush lpop rpop linsert lset lrem ltrim sortstore",
		's': "sadd srem spop sinterstore sunionstore sdiffstore",
		'h': "hset hincrby hincrbyfloat hdel hexpire hexpired hpersist",
		'z': "zadd zincr zrem zremrangebyscore zremrangebyrank zremrangebylex zpopmin zpopmax " +
			"zinterstore zunionstore zdiffstore zrangestore georadiusstore geosearchstore",
		'x': "expired",
		'e': "evicted",
		't': "xadd xtrim xdel xsetid xgroup-create xgroup-createconsumer xgroup-delconsumer " +
			"xgroup-destroy xgroup-setid",
		'm': "keymiss",
		'n': "new",
		'o': "overwritten",
		'c': "type_changed",
	} {
		for event := range strings.FieldsSeq(events) {
			m[event] = letter
		}
	}
	return m
}()
