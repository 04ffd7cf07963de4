// Package command holds the facts about every server command that redpoll
// needs while it runs: may it be repeated, does it block, where are its keys,
// does it change the connection it runs on, how does a cluster spread it.
//
// The facts are written down once, in table/*.txt, together with the typed
// methods. The generator in gen turns that table into the Infos of this
// package and into the methods of the root package:
//
//	info := command.Lookup("config get") // any case
//	if info != nil && info.Flags.Has(command.Write) { ... }
//
// Everything here is constant data: nothing is built when a program starts,
// and Lookup does not allocate.
package command

// Info says what one server command is like. Infos are shared and must not be
// changed.
type Info struct {
	// Name is the command in upper case, with its subcommand if it has one:
	// "GET", "CONFIG GET".
	Name string
	// Instead names what a caller should use in place of this command; it is
	// set for State and Held commands only.
	Instead string
	// Flags are the command's properties.
	Flags Flags
	// Arity is the number of words including the command's own, negative
	// when it is a minimum, as COMMAND INFO reports it.
	Arity int8
	// Retry says whether a command that may have run already may run again.
	Retry Retry
	// Block says where a command keeps its time-out: one that blocks, or without the flag Blocking one that the server
	// is busy with until then.
	Block Block
	// Policy says which nodes of a cluster a command goes to.
	Policy Policy
	// Merge says how the replies of several nodes become one.
	Merge Merge
	// Copy says what has to change before the command is sent to copies.
	Copy CopyRule
	// Keys says where the keys stand.
	Keys Keys
	// ChannelAt is the position of the channel that a message is published to, 0 for
	// commands that publish nothing. A sharded channel is a key instead.
	ChannelAt int8
}

// Flags are the properties of a command, as a bit set.
type Flags uint16

// The flags. Read and Write follow the server's own readonly and write flags;
// a command with neither touches no key.
const (
	// Read commands look at keys and change nothing.
	Read Flags = 1 << iota
	// Write commands may change keys.
	Write
	// Blocking commands may hold their connection for a while, so they need
	// one of their own.
	Blocking
	// State commands change the connection itself, so that they must never
	// run on one that several callers share.
	State
	// Admin commands are about the server and not about data.
	Admin
	// PubSub commands belong to publishing and subscribing.
	PubSub
	// Fast commands take constant or logarithmic time, as the server says.
	Fast
	// Container commands have no meaning without a subcommand.
	Container
	// Script commands run code on the server, which may read and write.
	Script
	// NoReply commands may leave the request without an answer.
	NoReply
	// Urgent commands are answered while a script keeps the server from everything
	// else, so that they must not stand behind that script on its connection.
	Urgent
	// Definite commands always answer with a status or a number: a null is not "no value".
	Definite
	// Judged commands read, but with some arguments they must not be repeated: their methods look at these, Do does not.
	Judged
	// Held commands speak of what was done before on their connection, so that they say nothing on one that several
	// callers share.
	Held
)

// Has reports whether all bits of want are set.
func (f Flags) Has(want Flags) bool { return f&want == want }

// Retry is the class of a command by what a second execution would do.
type Retry uint8

const (
	// RetryNever marks commands whose second execution changes more than
	// the first one did, or answers something else: INCR, LPUSH, SET NX.
	RetryNever Retry = iota
	// RetryRepeatable marks writes of which two executions leave the state of
	// one: SET, DEL, HSET. If the reply carries data, both give the same; a number
	// or a flag that says what has changed may be that of the second. A lifetime
	// counts from the last execution. Arguments with which that is not so make the
	// call one that must not run twice, see encode.Encoder.Once.
	RetryRepeatable
	// RetryRead marks commands that change nothing.
	RetryRead
)

// Block says where the time-out of a command stands.
type Block uint8

const (
	// BlockNone: the command does not block.
	BlockNone Block = iota
	// BlockLast: seconds, the last argument, as in BLPOP.
	BlockLast
	// BlockFirst: seconds, the first argument, as in BLMPOP.
	BlockFirst
	// BlockFifth: seconds, the fifth argument, as in BLMOVEM.
	BlockFifth
	// BlockLastMillis: milliseconds, the last argument, as in WAIT.
	BlockLastMillis
	// BlockFifthMillis: milliseconds, the fifth argument, as in MIGRATE.
	BlockFifthMillis
	// BlockTimeout: milliseconds, after the word TIMEOUT, as in CLUSTER SETSLOT;
	// without the word the server decides.
	BlockTimeout
	// BlockToken: milliseconds, after the word BLOCK, as in XREAD; without
	// the word the command does not block.
	BlockToken
)

// Policy says which nodes of a cluster a command goes to.
type Policy uint8

const (
	// OneNode: the node of the command's keys, any node when it has none.
	OneNode Policy = iota
	// ByShard: the command is split by key, one part per shard: MGET, DEL.
	ByShard
	// AllShards: to the primary of every shard: DBSIZE, FLUSHALL.
	AllShards
	// AllNodes: to every node, replicas too: SCRIPT LOAD, CONFIG SET.
	AllNodes
	// Walk: one node after another, the cursor tells where it stands: SCAN.
	Walk
)

// Merge says how the replies of several nodes become one.
type Merge uint8

const (
	// MergeNone: there is only one reply.
	MergeNone Merge = iota
	// MergeSame: all nodes give the same reply, the first one is taken and
	// any error wins.
	MergeSame
	// MergeSum: numbers are added.
	MergeSum
	// MergeMin: the smallest number counts.
	MergeMin
	// MergeByKey: elements are put back into the order of the keys.
	MergeByKey
	// MergeJoin: lists are joined.
	MergeJoin
	// MergeAnd: true when all are true.
	MergeAnd
	// MergeOne: one reply that is not nil is taken.
	MergeOne
)

// CopyRule says what has to happen to a write before it is sent to several
// copies of the data, so that all of them end up alike.
type CopyRule uint8

const (
	// CopySame: the command can be sent as it is.
	CopySame CopyRule = iota
	// CopyExpiry: a relative expiry has to become a point in time: EX.
	CopyExpiry
	// CopyResult: the outcome differs by node; what the first one chose has
	// to be sent to the others: SPOP, XADD with *.
	CopyResult
	// CopyFloat: the sum has to be sent instead of the addend: INCRBYFLOAT.
	CopyFloat
	// CopyBlock: the blocking form becomes the plain pop of what was got.
	CopyBlock
	// CopyScript: the outcome depends on a script.
	CopyScript
)

// Keys says where a command's keys stand. Positions count from the command
// word, which is 0; a subcommand word is 1.
type Keys struct {
	// First is the position of the first key, 0 when there is none at a
	// fixed place.
	First int8
	// Last is the position of the last one; negative counts from the end,
	// -1 being the last argument.
	Last int8
	// Step is the distance from one key to the next; 0 counts as 1.
	Step int8
	// Num is the position of the argument that holds the number of keys,
	// which follow it; 0 when there is none.
	Num int8
	// After says which keys stand behind a word of the command, as in XREAD; nil: none.
	After *After
	// Instead says that the keys behind that word replace the one at First, which is
	// empty then: MIGRATE.
	Instead bool
}

// After says which keys stand behind a word: STREAMS, STORE, KEYS.
type After struct {
	// Words are the words that announce keys, in upper case.
	Words []string
	// Take is the number of words that are keys; 0 is all that follow, TakeHalf the first
	// half of them.
	Take int8
	// From is the position at which the search begins; 0 counts as 1.
	From int8
	// Skip are options with arguments, since an argument may look like one of Words.
	Skip []Option
}

// TakeHalf in After.Take: the first half of what follows is keys, as in XREAD.
const TakeHalf = -1

// Option is an option of a command and the number of words that belong to it.
type Option struct {
	Word      string // in upper case
	Arguments int8
}

// Lookup gives the Info of a command, nil if it is unknown. The name is taken
// in any case, with a blank before the subcommand.
func Lookup(name string) *Info {
	var upper [maxName]byte
	if len(name) > len(upper) {
		return nil
	}
	return find(upper[:copy(upper[:], name)])
}

// LookupArgs gives the Info for a command given word by word: of the
// subcommand when the first word is a container, else of the first word. nil
// if neither is known.
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

// find looks a name up and turns it into upper case on the way.
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

// slotOf is where the search for an upper-case name starts: its FNV-1a hash,
// folded. The generator lays out the index by the same rule.
func slotOf(name []byte, size int) int {
	h := uint32(2166136261)
	for _, c := range name {
		h = (h ^ uint32(c)) * 16777619
	}
	return int((h ^ h>>15) % uint32(size))
}
