// Package command holds the facts that redpoll needs about every server command: whether it may be repeated,
// whether it blocks, where its keys are, whether it changes its connection, and which nodes run it.
//
// The facts are written down once, in table/*.txt, together with the typed methods. The generator in gen
// turns this table into the Infos of this package and into the methods of the root package:
//
//	info := command.Lookup("config get") // any case
//	if info != nil && info.Flags.Has(command.Write) { ... }
//
// All data is constant: nothing is built when a program starts, and Lookup does not allocate.
package command

import (
	"strconv"
	"strings"
)

// Info describes one server command. Infos are shared and must not be changed.
type Info struct {
	// Name is the command in upper case, with its subcommand if it has one: "GET", "CONFIG GET".
	Name string
	// Instead tells the caller of a State or Held command what to use in its place. Others have "".
	Instead string
	Flags   Flags
	// Arity is the number of words with the command's own, negative if it is a minimum, as in COMMAND INFO.
	Arity int8
	// Retry says whether a command that may have run already may run again.
	Retry Retry
	// Block says which argument is the time-out: of a blocking command, or, without the flag Blocking, of a
	// command that keeps the server busy that long.
	Block  Block
	Policy Policy
	Merge  Merge
	Copy   CopyRule
	Keys   Keys
	// ChannelAt is the position of the channel that a message is published to, 0 if the command does not
	// publish. A sharded channel is a key instead.
	ChannelAt int8
	// Since is the first release of Redis with the command. It is 0 if all supported releases have the
	// command, or if no Redis has it. Valkey is the first release of Valkey with the command. It is 0 if no
	// Valkey has the command, or if all have it. The first Valkey has the commands of Redis 7.2.
	Since, Valkey Release
}

// Release is a release of a server: its major number in the upper byte, its minor number in the lower one.
type Release uint16

// String writes a release with a dot.
func (r Release) String() string {
	return strconv.Itoa(int(r>>8)) + "." + strconv.Itoa(int(r&0xff))
}

// ParseRelease reads the first two numbers of a version such as 7.0.15. It returns 0 if they are missing.
func ParseRelease(version string) Release {
	major, rest, _ := strings.Cut(version, ".")
	minor, _, _ := strings.Cut(rest, ".")
	a, err := strconv.ParseUint(major, 10, 8)
	b, also := strconv.ParseUint(minor, 10, 8)
	if err != nil || also != nil {
		return 0
	}
	return Release(a<<8 | b)
}

// In reports whether a release has the command, as far as the table knows.
func (i *Info) In(r Release, valkey bool) bool {
	switch {
	case !valkey:
		return r >= i.Since && (i.Since != 0 || i.Valkey == 0)
	case i.Valkey != 0:
		return r >= i.Valkey
	}
	const forked = 7<<8 + 2 // every Valkey has the commands of this release of Redis
	return i.Since <= forked
}

// Flags are the properties of a command, as a bit set.
type Flags uint16

// Read and Write are the server's flags readonly and write. A command with neither does not touch keys.
const (
	// Read commands look at keys and change nothing.
	Read Flags = 1 << iota
	// Write commands may change keys.
	Write
	// Blocking commands may hold their connection for a while, so they need one of their own.
	Blocking
	// State commands change the connection itself, so they must not run on a shared one.
	State
	// Admin commands are about the server and not about data.
	Admin
	// PubSub commands belong to publishing and subscribing.
	PubSub
	// Fast commands take constant or logarithmic time, as the server says.
	Fast
	// Container commands need a subcommand.
	Container
	// Script commands run code on the server, which may read and write.
	Script
	// NoReply commands may get no reply.
	NoReply
	// Urgent commands are answered while a script blocks all other commands. They must not wait on the
	// connection of this script.
	Urgent
	// Definite commands always answer with a status or a number, so a null does not mean "no value".
	Definite
	// Judged commands read, but must not be repeated with some arguments. Their methods check the arguments,
	// Do does not.
	Judged
	// Held commands report on earlier commands of their connection, so they need one that is not shared.
	Held
	// Cursor commands continue an earlier call, and only the server of that call knows its cursor: HSCAN.
	Cursor
	// Alike commands have no keys, and every server answers them alike, whatever it holds: ECHO, COMMAND
	// COUNT. Where several servers have the data, any one of them will do.
	Alike
)

// Has reports whether all bits of want are set.
func (f Flags) Has(want Flags) bool { return f&want == want }

// Retry is the class of a command by the effect of a second execution.
type Retry uint8

const (
	// RetryNever is the class of commands whose second execution changes more than the first one, or has
	// another reply: INCR, LPUSH, SET NX.
	RetryNever Retry = iota
	// RetryRepeatable is the class of writes whose second execution leaves the same state: SET, DEL, HSET. It
	// returns the same data, but a number or a flag about changes may differ. A lifetime begins with the last
	// execution. A call whose arguments break this rule must not run twice, see encode.Encoder.Once.
	RetryRepeatable
	// RetryRead is the class of commands that change nothing.
	RetryRead
)

// Block is the place and the unit of a command's time-out.
type Block uint8

const (
	BlockNone        Block = iota // the command has no time-out
	BlockLast                     // the last argument, in seconds: BLPOP
	BlockFirst                    // the first argument, in seconds: BLMPOP
	BlockFifth                    // the fifth argument, in seconds: BLMOVEM
	BlockLastMillis               // the last argument, in milliseconds: WAIT
	BlockFifthMillis              // the fifth argument, in milliseconds: MIGRATE
	// BlockTimeout stands for the argument after the word TIMEOUT, in milliseconds: CLUSTER SETSLOT. Without
	// the word, the server chooses the time.
	BlockTimeout
	// BlockToken stands for the argument after the word BLOCK, in milliseconds: XREAD. Without the word, the
	// command does not block.
	BlockToken
)

// Policy says which nodes of a cluster a command goes to.
type Policy uint8

const (
	OneNode   Policy = iota // the node of the command's keys, or any node if it has no keys
	ByShard                 // each shard gets the part with its keys: MGET, DEL
	AllShards               // the primary of every shard: DBSIZE, FLUSHALL
	AllNodes                // every node, replicas too: SCRIPT LOAD, CONFIG SET
	Walk                    // one node after another, as the cursor says: SCAN
)

// Merge says how the replies of several nodes become one.
type Merge uint8

const (
	MergeNone   Merge = iota // there is only one reply
	MergeSame                // an error if there is one, else the first reply: all are the same
	MergeSum                 // the sum of the numbers
	MergeMin                 // the smallest number
	MergeByKey               // the elements, in the order of the keys
	MergeJoin                // one list of all elements
	MergeAnd                 // true if all replies are true
	MergeOne                 // one reply that is not nil
	MergeUnion               // one list of all different elements
	MergeCounts              // pairs of a name and the sum of its numbers; all replies have the same names
)

// CopyRule says how a write is sent to several servers that have copies of the same data, so that they stay
// equal.
type CopyRule uint8

const (
	CopyNone   CopyRule = iota // the command is not a write, or is about one server: a copy refuses it
	CopySame                   // send it as it is
	CopyExpiry                 // replace a relative expiry by a point in time: EX
	CopyClock                  // replace "now" by a point in time: TS.ADD with *
	CopyTrim                   // remove exactly as many entries as asked for, not about as many: XTRIM with ~
	CopyResult                 // send the choice of the first node to the others: SPOP, XADD with *
	CopyFloat                  // send the sum instead of the addend: INCRBYFLOAT
	CopyState                  // run it on the first node, and send the keys that it leaves to the others
	CopyBlock                  // a blocking pop: a copy refuses it, and names the plain one
	CopyScript                 // the effect depends on a script: refused, or like CopyState
)

// Keys says where a command's keys are. The command word has position 0, and a subcommand has position 1.
type Keys struct {
	First int8 // position of the first key, 0 if no key has a fixed position
	Last  int8 // position of the last key; -1 is the last argument
	Step  int8 // distance from one key to the next; 0 counts as 1
	Num   int8 // position of the number of keys, which stands before them; 0 if there is none
	// After describes the keys behind a word of the command, as in XREAD. It is nil if there are none.
	After *After
	// Instead means that the keys of After replace the key at First, which is empty then: MIGRATE.
	Instead bool
}

// After describes the keys behind a word such as STREAMS, STORE or KEYS.
type After struct {
	Words []string // the words that announce keys, in upper case
	Take  int8     // number of words that are keys: 0 for all, TakeHalf for the first half
	From  int8     // position at which the search begins; 0 counts as 1
	// Skip lists options whose arguments may look like one of Words.
	Skip []Option
}

// TakeHalf in After.Take means that the first half of the words are keys, as in XREAD.
const TakeHalf = -1

// Option is an option of a command and the number of its arguments.
type Option struct {
	Word      string // in upper case
	Arguments int8
}

// Lookup returns the Info of a command, nil if it is unknown. The name may be in any case, with a blank
// before the subcommand.
func Lookup(name string) *Info {
	var upper [maxName]byte
	if len(name) > len(upper) {
		return nil
	}
	return find(upper[:copy(upper[:], name)])
}

// LookupArgs returns the Info of a command from its first two words: that of the subcommand if it is known,
// else that of the first word. It returns nil if neither is known.
func LookupArgs(word, sub string) *Info {
	info := Lookup(word)
	if info == nil || !info.Flags.Has(Container) || sub == "" {
		return info
	}
	var both [maxName]byte
	if len(word)+1+len(sub) > len(both) {
		return info
	}
	n := copy(both[:], word)
	both[n] = ' '
	n += 1 + copy(both[n+1:], sub)
	if found := find(both[:n]); found != nil {
		return found
	}
	return info
}

// find looks a name up and changes it to upper case.
func find(name []byte) *Info {
	for i, c := range name {
		if 'a' <= c && c <= 'z' {
			name[i] = c - ('a' - 'A')
		}
	}
	for slot := slotOf(name, len(index)); index[slot] != 0; slot = (slot + 1) % len(index) {
		if info := &Infos[index[slot]-1]; info.Name == string(name) {
			return info
		}
	}
	return nil
}

// slotOf returns the place in the index where the search for an upper-case name starts: its FNV-1a hash,
// folded. The generator builds the index by the same rule.
func slotOf(name []byte, size int) int {
	h := uint32(2166136261)
	for _, c := range name {
		h = (h ^ uint32(c)) * 16777619
	}
	return int((h ^ h>>15) % uint32(size))
}
