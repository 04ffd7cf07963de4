package redpoll

import "time"

// SlowLogEntry is a command that took long.
type SlowLogEntry struct {
	// ID counts the entries since the server started.
	ID int64
	// At is when the command ran, to the second.
	At time.Time
	// Duration is how long it ran, without waiting and sending.
	Duration time.Duration
	// Args are the command and its arguments; the server cuts long ones short. Those that are not plain ASCII are translated by
	// Options.Text, but stay as they are where it refuses them: any client may have sent them.
	Args []string
	// ClientAddr and ClientName tell whose command it was. They need server 4.0.
	ClientAddr, ClientName string
	// Extra is what newer servers append.
	Extra []Value
}

// CommandLog is one of the three logs of Valkey.
type CommandLog uint8

// The command logs.
const (
	// CommandLogSlow holds commands that took long.
	CommandLogSlow CommandLog = iota
	// CommandLogLargeRequest holds commands with long arguments.
	CommandLogLargeRequest
	// CommandLogLargeReply holds commands with long replies.
	CommandLogLargeReply
)

var commandLogWords = [...]string{CommandLogSlow: "SLOW", CommandLogLargeRequest: "LARGE-REQUEST", CommandLogLargeReply: "LARGE-REPLY"}

// CommandLogEntry is a command that cost much.
type CommandLogEntry struct {
	// ID counts the entries of its log since the server started.
	ID int64
	// At is when the command ran, to the second.
	At time.Time
	// Cost is how long it ran, in microseconds, in the slow log, and the size in bytes in
	// the other ones.
	Cost int64
	// Args are the command and its arguments; the server cuts long ones short. Those that are not plain ASCII are translated by
	// Options.Text, but stay as they are where it refuses them: any client may have sent them.
	Args []string
	// ClientAddr and ClientName tell whose command it was.
	ClientAddr, ClientName string
	// Extra is what newer servers append.
	Extra []Value
}

// LatencySample is one latency spike.
type LatencySample struct {
	// At is when it was, to the second.
	At time.Time
	// Latency is how long it was, to the millisecond.
	Latency time.Duration
}

// LatencyEvent is the latest latency spike of an event.
type LatencyEvent struct {
	// Event is its name, such as "command" or "fork".
	Event string
	// At is when the latest spike was, to the second.
	At time.Time
	// Latency is how long the latest spike was, Max the longest one.
	Latency, Max time.Duration
	// Sum is how long all spikes were that LatencyHistory gives, and Count how many they are.
	// They need Valkey 8.1 and are 0 elsewhere.
	Sum   time.Duration
	Count int64
	// Extra is what newer servers append.
	Extra []Value
}

// LatencyHistogram says how long a command took.
type LatencyHistogram struct {
	// Calls is how often it ran.
	Calls int64
	// Buckets are the times it took, in rising order.
	Buckets []LatencyBucket
	// Extra has the fields that newer servers add.
	Extra map[string]Value
}

// LatencyBucket is a step of a LatencyHistogram.
type LatencyBucket struct {
	// UpTo is the time, and Calls how many calls took no longer.
	UpTo  time.Duration
	Calls int64
}

// MemoryStats says what the memory is used for, in bytes where nothing else is said.
type MemoryStats struct {
	// Peak, Total and Startup are what was allocated at most, is now, and was at the start.
	Peak, Total, Startup int64
	// ReplicationBacklog, Replicas, Clients, ClusterLinks, AOFBuffer, Scripts and Functions
	// are what these take.
	ReplicationBacklog, Replicas, Clients, ClusterLinks, AOFBuffer, Scripts, Functions int64
	// ReplicaBuffers is what the buffers take that hold data for replicas: of Redis, since 8.0, those for replicas which get
	// their first copy; of Valkey, since 9.1, all.
	ReplicaBuffers int64
	// ScriptVMs is what the interpreters of scripts and functions take; needs Redis 8.0.
	ScriptVMs int64
	// SlotImport and SlotExport are what slots take that come to this node and leave it; they need Valkey 9.0.
	SlotImport, SlotExport int64
	// Overhead is everything but the data, Dataset the data.
	Overhead, Dataset int64
	// Keys is the number of keys, and BytesPerKey their share of the memory each.
	Keys, BytesPerKey int64
	// DatasetPercent is the share of the data, PeakPercent that of the peak in use now.
	DatasetPercent, PeakPercent float64
	// AllocatorAllocated, AllocatorActive and AllocatorResident are what the allocator gave out,
	// uses, and has from the system.
	AllocatorAllocated, AllocatorActive, AllocatorResident int64
	// AllocatorMuzzy is what the allocator has given back, and the system may take; needs Redis 7.4 or Valkey 8.0.
	AllocatorMuzzy int64
	// AllocatorFragmentation is the ratio of what the allocator uses to what it gave out, and
	// AllocatorFragmentationBytes the difference.
	AllocatorFragmentation      float64
	AllocatorFragmentationBytes int64
	// AllocatorRSS is the ratio of what the allocator has to what it uses, and
	// AllocatorRSSBytes the difference.
	AllocatorRSS      float64
	AllocatorRSSBytes int64
	// RSSOverhead is the ratio of what the process has to what the allocator has, and
	// RSSOverheadBytes the difference.
	RSSOverhead      float64
	RSSOverheadBytes int64
	// Fragmentation is the ratio of what the process has to what was allocated, and
	// FragmentationBytes the difference.
	Fragmentation      float64
	FragmentationBytes int64
	// TableLookup is what the tables of all databases take to find their entries, TableRehashing what of that belongs to tables
	// that are being resized, and TablesRehashing their number. They need Redis 7.4 or Valkey 8.0.
	TableLookup, TableRehashing, TablesRehashing int64
	// DBs are the databases that hold keys, by number.
	DBs map[int]MemoryDB
	// Extra has the fields that newer servers add.
	Extra map[string]Value
}

// MemoryDB is what the tables of a database take, in bytes.
type MemoryDB struct {
	// Keys is the table of keys, Expires that of their expiries.
	Keys, Expires int64
	// SlotToKeys is what finds the keys of a slot, in a cluster; server 7.0 and 7.2 only.
	SlotToKeys int64
	// Extra has the fields that only some servers send.
	Extra map[string]Value
}

// Role is the part that a server plays in a replication.
type Role struct {
	// Name is "master", "slave" or "sentinel".
	Name string
	// Offset is how far the replication has come: on a primary what was written, on a
	// replica what has arrived.
	Offset int64
	// Replicas are those of a primary.
	Replicas []RoleReplica
	// PrimaryHost, PrimaryPort and State belong to a replica. State is "connect", "connecting",
	// "sync" or "connected".
	PrimaryHost string
	PrimaryPort int64
	State       string
	// Primaries are the names of those that a sentinel watches.
	Primaries []string
	// Extra is what newer servers append.
	Extra []Value
}

// RoleReplica is a replica as its primary sees it.
type RoleReplica struct {
	Host string
	Port int64
	// Offset is how far it has confirmed the replication.
	Offset int64
}

// Module is a module that the server has loaded.
type Module struct {
	Name    string
	Version int64
	// Path is the file it came from, and Args are its arguments. They need server 7.0.
	Path string
	Args []string
	// Extra has the fields that newer servers add.
	Extra map[string]Value
}

// ModuleConfig is a setting of a module, for ModuleLoadEx.
type ModuleConfig struct {
	// Name is the full one, with the module's name and a dot in front.
	Name, Value string
}

// DebugObject says how the server stores a value.
type DebugObject struct {
	// At is its place in memory.
	At string
	// RefCount is the number of references to it.
	RefCount int64
	// Encoding is the form it is stored in, such as "listpack".
	Encoding string
	// SerializedLength is how long it would be in a dump, in bytes.
	SerializedLength int64
	// LRU is the clock of its last use, and Idle the time since then, in whole seconds.
	LRU  int64
	Idle time.Duration
	// Extra has what only some forms have, such as "ql_nodes".
	Extra map[string]Value
}

// HotKeyMetrics says what HotKeysStart measures: HotKeysCPU, HotKeysNet or both, joined with |.
type HotKeyMetrics uint8

// What HotKeysStart measures.
const (
	// HotKeysCPU measures the time that commands with the key take.
	HotKeysCPU HotKeyMetrics = 1 << iota
	// HotKeysNet measures the bytes that commands with the key receive and send.
	HotKeysNet
)

// HotKeys is what a tracking of hot keys found.
type HotKeys struct {
	// Active says that the tracking still runs.
	Active bool
	// SampleRatio is 1 when all commands count, n when one of n does.
	SampleRatio int64
	// Slots are the ranges of slots that it is restricted to, both ends included.
	Slots [][2]int64
	// Start is when the tracking began, and Duration how long it ran, to the millisecond.
	Start    time.Time
	Duration time.Duration
	// CPU, CPUSlots and CPUSampled are the times that all commands took, those on Slots, and
	// those among them that were looked at. The latter two are known on a cluster only.
	CPU, CPUSlots, CPUSampled time.Duration
	// Net, NetSlots and NetSampled are the same in bytes.
	Net, NetSlots, NetSampled int64
	// CPUUser and CPUSys are the times that the server took, and NetTotal the bytes it received
	// and sent.
	CPUUser, CPUSys time.Duration
	NetTotal        int64
	// ByCPU are the keys that took most time, the worst first; ByNet those with most bytes.
	ByCPU []HotKeyTime
	ByNet []HotKeyBytes
	// Extra has the fields that newer servers add.
	Extra map[string]Value
}

// HotKeyRate is a key that Valkey found to be hot.
type HotKeyRate struct {
	Key string
	// DB is the number of the database.
	DB int64
	// PerSecond is an estimate of how often the key was used, whether it exists or not.
	PerSecond int64
	// Extra has the fields that newer servers add.
	Extra map[string]Value
}

// BackupStatus is how far a backup is.
type BackupStatus struct {
	// State is "idle", "pending", "snapshotting", "incrementing", "sealed" or "failed".
	State string
	// Error says why the backup has failed, "" if it has not.
	Error string
	// Start is when the backup began, and End when it was sealed, to the second; the zero time when that has not happened.
	Start, End time.Time
	// Extra has the fields that newer servers add.
	Extra map[string]Value
}

// HotKeyTime is a key and the time that its commands took.
type HotKeyTime struct {
	Key string
	CPU time.Duration
}

// HotKeyBytes is a key and the bytes that its commands received and sent.
type HotKeyBytes struct {
	Key   string
	Bytes int64
}

// ChannelCount is a channel and the number of its subscribers.
type ChannelCount struct {
	Channel string
	Count   int64
}

// FunctionLibrary is a library of functions.
type FunctionLibrary struct {
	Name string
	// Engine is the language, such as "LUA".
	Engine    string
	Functions []Function
	// Code is the text of the library, with the option WithCode only.
	Code string
	// Extra has the fields that newer servers add.
	Extra map[string]Value
}

// Function is a function of a library.
type Function struct {
	Name string
	// Description is "" when it has none.
	Description string
	// Flags are what it is declared to do, such as "no-writes".
	Flags []string
	// Extra has the fields that newer servers add.
	Extra map[string]Value
}

// FunctionStats is the state of the engines that run functions.
type FunctionStats struct {
	// Running is the function that runs now, nil if none does.
	Running *RunningFunction
	// Engines are the engines by name.
	Engines map[string]FunctionEngine
	// Extra has the fields that newer servers add.
	Extra map[string]Value
}

// RunningFunction is a function, or a script, that runs.
type RunningFunction struct {
	Name string
	// Command is the command that called it, with its arguments; of their text is true what is of [SlowLogEntry].
	Command []string
	// Duration is for how long it runs, to the millisecond.
	Duration time.Duration
	// Extra has the fields that newer servers add.
	Extra map[string]Value
}

// FunctionEngine is an engine that runs functions.
type FunctionEngine struct {
	Libraries, Functions int64
	// Extra has the fields that newer servers add.
	Extra map[string]Value
}
