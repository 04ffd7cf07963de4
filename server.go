package redpoll

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/redpoll-go/redpoll/internal/decode"
	"github.com/redpoll-go/redpoll/resp"
)

// WaitAOFResult has the numbers of append-only files that contain the writes that WaitAOF waited for.
type WaitAOFResult struct {
	// Local is 1 if this server's own file has them, else 0.
	Local int64
	// Replicas is the number of replicas whose files have them.
	Replicas int64
}

func (r *WaitAOFResult) elements() (least int, into []any, rest *[]Value) {
	return 2, []any{&r.Local, &r.Replicas}, nil
}

// SlowLogEntry is a command that took long.
type SlowLogEntry struct {
	// ID counts the entries since the server started.
	ID int64
	// At is the time of the command, in seconds.
	At time.Time
	// Duration is the execution time, without waiting and sending.
	Duration time.Duration
	// Args are the command and its arguments; the server truncates long ones. Arguments that are not plain
	// ASCII are translated by Options.Text, or stay unchanged if it refuses them, because any client may have
	// sent them.
	Args []string
	// ClientAddr and ClientName identify the client. They need server 4.0.
	ClientAddr, ClientName string
	// Extra are the elements that redpoll does not know.
	Extra []Value
}

func (r *SlowLogEntry) elements() (least int, into []any, rest *[]Value) {
	return 4, []any{&r.ID, decode.Unix(&r.At), decode.Micros(&r.Duration), decode.ShownList(&r.Args),
		&r.ClientAddr, &r.ClientName}, &r.Extra
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

var commandLogWords = [...]string{CommandLogSlow: "SLOW", CommandLogLargeRequest: "LARGE-REQUEST",
	CommandLogLargeReply: "LARGE-REPLY"}

// CommandLogEntry is an expensive command.
type CommandLogEntry struct {
	// ID counts the entries of its log since the server started.
	ID int64
	// At is the time of the command, in seconds.
	At time.Time
	// Cost is the execution time in microseconds in the slow log, and the size in bytes in the other logs.
	Cost int64
	// Args are the command and its arguments; the server truncates long ones. Arguments that are not plain
	// ASCII are translated by Options.Text, or stay unchanged if it refuses them, because any client may have
	// sent them.
	Args []string
	// ClientAddr and ClientName identify the client.
	ClientAddr, ClientName string
	// Extra are the elements that redpoll does not know.
	Extra []Value
}

func (r *CommandLogEntry) elements() (least int, into []any, rest *[]Value) {
	return 6, []any{&r.ID, decode.Unix(&r.At), &r.Cost, decode.ShownList(&r.Args), &r.ClientAddr,
		&r.ClientName}, &r.Extra
}

// LatencySample is one latency spike.
type LatencySample struct {
	// At is the time of the spike, in seconds.
	At time.Time
	// Latency is the length of the spike, in milliseconds.
	Latency time.Duration
}

func (r *LatencySample) elements() (least int, into []any, rest *[]Value) {
	return 2, []any{decode.Unix(&r.At), &r.Latency}, nil
}

// LatencyEvent is the latest latency spike of an event.
type LatencyEvent struct {
	// Event is the name of the event, such as "command" or "fork".
	Event string
	// At is the time of the latest spike, in seconds.
	At time.Time
	// Latency is the length of the latest spike, Max that of the longest one.
	Latency, Max time.Duration
	// Sum is the total length of the spikes that LatencyHistory returns, Count their number. They need Valkey
	// 8.1 and are 0 elsewhere.
	Sum   time.Duration
	Count int64
	// Extra are the elements that redpoll does not know.
	Extra []Value
}

func (r *LatencyEvent) elements() (least int, into []any, rest *[]Value) {
	return 4, []any{&r.Event, decode.Unix(&r.At), &r.Latency, &r.Max, &r.Sum, &r.Count}, &r.Extra
}

// LatencyHistogram has the execution times of a command.
type LatencyHistogram struct {
	// Calls is the number of executions.
	Calls int64
	// Buckets are the execution times, in rising order.
	Buckets []LatencyBucket
	// Extra are the fields that redpoll does not know; nil if there are none.
	Extra map[string]Value
}

func (r *LatencyHistogram) slots() []slot {
	return []slot{
		{"calls", &r.Calls},
		{"histogram_usec", func(d *reply) error { return decodeBuckets(d, &r.Buckets) }},
		{others, &r.Extra},
	}
}

// LatencyBucket is a step of a LatencyHistogram.
type LatencyBucket struct {
	// Calls is the number of calls that took at most UpTo.
	UpTo  time.Duration
	Calls int64
}

// MemoryStats describes the use of memory, in bytes unless another unit is given.
type MemoryStats struct {
	// Peak, Total and Startup are the allocated bytes: the highest number, the present one, and the one at
	// the start.
	Peak, Total, Startup int64
	// ReplicationBacklog, Replicas, Clients, ClusterLinks, AOFBuffer, Scripts and Functions are the bytes
	// used for these purposes.
	ReplicationBacklog, Replicas, Clients, ClusterLinks, AOFBuffer, Scripts, Functions int64
	// ReplicaBuffers are the buffers with data for replicas: on Redis, since 8.0, those for replicas that get
	// their first copy; on Valkey, since 9.1, all.
	ReplicaBuffers int64
	// ScriptVMs are the interpreters of scripts and functions; needs Redis 8.0.
	ScriptVMs int64
	// SlotImport and SlotExport are the buffers for slots that arrive at this node and leave it; they need
	// Valkey 9.0.
	SlotImport, SlotExport int64
	// Overhead is all memory except the data, Dataset the data.
	Overhead, Dataset int64
	// Keys is the number of keys, and BytesPerKey the average memory of each.
	Keys, BytesPerKey int64
	// DatasetPercent is the share of the data, PeakPercent the present share of the peak.
	DatasetPercent, PeakPercent float64
	// AllocatorAllocated, AllocatorActive and AllocatorResident are the bytes that the allocator has handed
	// out, uses, and has from the system.
	AllocatorAllocated, AllocatorActive, AllocatorResident int64
	// AllocatorMuzzy are the bytes that the allocator has released and the system may take; needs Redis 7.4
	// or Valkey 8.0.
	AllocatorMuzzy int64
	// AllocatorFragmentation is the ratio of AllocatorActive to AllocatorAllocated, and
	// AllocatorFragmentationBytes the difference.
	AllocatorFragmentation      float64
	AllocatorFragmentationBytes int64
	// AllocatorRSS is the ratio of AllocatorResident to AllocatorActive, and AllocatorRSSBytes the
	// difference.
	AllocatorRSS      float64
	AllocatorRSSBytes int64
	// RSSOverhead is the ratio of the memory of the process to AllocatorResident, and RSSOverheadBytes the
	// difference.
	RSSOverhead      float64
	RSSOverheadBytes int64
	// Fragmentation is the ratio of the memory of the process to the allocated memory, and FragmentationBytes
	// the difference.
	Fragmentation      float64
	FragmentationBytes int64
	// TableLookup are the bytes of the hash tables of all databases, TableRehashing the part of tables that
	// are being resized, and TablesRehashing their number. They need Redis 7.4 or Valkey 8.0.
	TableLookup, TableRehashing, TablesRehashing int64
	// DBs has the databases with keys, by number.
	DBs map[int]MemoryDB
	// Extra are the fields that redpoll does not know; nil if there are none.
	Extra map[string]Value
}

func (r *MemoryStats) slots() []slot {
	return []slot{
		{"peak.allocated", &r.Peak}, {"total.allocated", &r.Total},
		{"startup.allocated", &r.Startup}, {"replication.backlog", &r.ReplicationBacklog},
		{"clients.slaves", &r.Replicas}, {"clients.normal", &r.Clients},
		{"cluster.links", &r.ClusterLinks}, {"aof.buffer", &r.AOFBuffer},
		{"lua.caches", &r.Scripts}, {"functions.caches", &r.Functions},
		{"overhead.total", &r.Overhead}, {"dataset.bytes", &r.Dataset}, {"keys.count", &r.Keys},
		{"keys.bytes-per-key", &r.BytesPerKey}, {"dataset.percentage", &r.DatasetPercent},
		{"peak.percentage", &r.PeakPercent}, {"allocator.allocated", &r.AllocatorAllocated},
		{"allocator.active", &r.AllocatorActive}, {"allocator.resident", &r.AllocatorResident},
		{"allocator-fragmentation.ratio", &r.AllocatorFragmentation},
		{"allocator-fragmentation.bytes", &r.AllocatorFragmentationBytes},
		{"allocator-rss.ratio", &r.AllocatorRSS}, {"allocator-rss.bytes", &r.AllocatorRSSBytes},
		{"rss-overhead.ratio", &r.RSSOverhead}, {"rss-overhead.bytes", &r.RSSOverheadBytes},
		{"fragmentation", &r.Fragmentation}, {"fragmentation.bytes", &r.FragmentationBytes},
		{"allocator.muzzy", &r.AllocatorMuzzy}, {"replica.fullsync.buffer", &r.ReplicaBuffers},
		{"replicas.repl.buffer", &r.ReplicaBuffers}, {"script.VMs", &r.ScriptVMs},
		{"cluster.slot_import", &r.SlotImport}, {"cluster.slot_export", &r.SlotExport},
		{"overhead.db.hashtable.lut", &r.TableLookup},
		{"overhead.db.hashtable.rehashing", &r.TableRehashing},
		{"db.dict.rehashing.count", &r.TablesRehashing}, {others, &r.Extra},
	}
}

// MemoryDB has the memory of the hash tables of a database, in bytes.
type MemoryDB struct {
	// Keys is the table of keys, Expires the table of expiries.
	Keys, Expires int64
	// SlotToKeys is the index of keys by slot, in a cluster; server 7.0 and 7.2 only.
	SlotToKeys int64
	// Extra are the fields that redpoll does not know; nil if there are none.
	Extra map[string]Value
}

func (r *MemoryDB) slots() []slot {
	return []slot{
		{"overhead.hashtable.main", &r.Keys}, {"overhead.hashtable.expires", &r.Expires},
		{"overhead.hashtable.slot-to-keys", &r.SlotToKeys}, {others, &r.Extra},
	}
}

// RoleInfo describes the role of a server in a replication.
type RoleInfo struct {
	// Name is "master", "slave" or "sentinel".
	Name string
	// Offset is the position of the replication: on a primary of written data, on a replica of received data.
	Offset int64
	// Replicas are the replicas of a primary.
	Replicas []RoleInfoReplica
	// PrimaryHost, PrimaryPort and State are set on a replica. State is "connect", "connecting", "sync" or
	// "connected".
	PrimaryHost string
	PrimaryPort int64
	State       string
	// Primaries are the names of the primaries that a Sentinel watches.
	Primaries []string
	// Extra are the elements that redpoll does not know.
	Extra []Value
}

// RoleInfoReplica is a replica as its primary sees it.
type RoleInfoReplica struct {
	Host string
	Port int64
	// Offset is the position of the replication that it has confirmed.
	Offset int64
}

func (r *RoleInfoReplica) elements() (least int, into []any, rest *[]Value) {
	return 3, []any{&r.Host, &r.Port, &r.Offset}, nil
}

// ModuleInfo is a module that the server has loaded.
type ModuleInfo struct {
	Name    string
	Version int64
	// Path is the file of the module, and Args are its arguments. They need server 7.0.
	Path string
	Args []string
	// Extra are the fields that redpoll does not know; nil if there are none.
	Extra map[string]Value
}

func (r *ModuleInfo) slots() []slot {
	return []slot{
		{"name", &r.Name}, {"ver", &r.Version}, {"path", &r.Path}, {"args", &r.Args},
		{others, &r.Extra},
	}
}

// ModuleConfig is a setting of a module, for ModuleLoadEx.
type ModuleConfig struct {
	// Name has the module's name and a dot in front.
	Name, Value string
}

// DebugObject describes how the server stores a value.
type DebugObject struct {
	// At is the address of the value in memory.
	At string
	// RefCount is the number of references to the value.
	RefCount int64
	// Encoding is the internal form, such as "listpack".
	Encoding string
	// SerializedLength is the length in a dump, in bytes.
	SerializedLength int64
	// LRU is the clock of its last use, and Idle the time since then, in whole seconds.
	LRU  int64
	Idle time.Duration
	// Extra are the fields that redpoll does not know, such as "ql_nodes"; nil if there are none.
	Extra map[string]Value
}

func (r *DebugObject) slots() []slot {
	return []slot{
		{"at", &r.At}, {"encoding", &r.Encoding}, {"refcount", &r.RefCount},
		{"serializedlength", &r.SerializedLength}, {"lru", &r.LRU},
		{"lru_seconds_idle", decode.Seconds(&r.Idle)}, {others, &r.Extra},
	}
}

// HotKeyMetrics selects the measurements of HotKeysStart: HotKeysCPU, HotKeysNet or both, joined with |.
type HotKeyMetrics uint8

// Measurements of HotKeysStart.
const (
	// HotKeysCPU measures the time of the commands with the key.
	HotKeysCPU HotKeyMetrics = 1 << iota
	// HotKeysNet measures the bytes that the commands with the key receive and send.
	HotKeysNet
)

// HotKeys is the result of a tracking of hot keys.
type HotKeys struct {
	// Active says that the tracking is running.
	Active bool
	// SampleRatio is 1 if all commands count, n if one of n does.
	SampleRatio int64
	// Slots are the ranges of tracked slots, both ends included.
	Slots [][2]int64
	// Start is the beginning of the tracking, and Duration its length, in milliseconds.
	Start    time.Time
	Duration time.Duration
	// CPU is the time of all commands, CPUSlots of those on Slots, and CPUSampled of the measured ones among
	// these. The latter two are known only on a cluster.
	CPU, CPUSlots, CPUSampled time.Duration
	// Net, NetSlots and NetSampled are the same in bytes.
	Net, NetSlots, NetSampled int64
	// CPUUser and CPUSys are the CPU times of the server, and NetTotal the bytes that it received and sent.
	CPUUser, CPUSys time.Duration
	NetTotal        int64
	// ByCPU are the keys with the most time in falling order; ByNet those with the most bytes.
	ByCPU []HotKeyTime
	ByNet []HotKeyBytes
	// Extra are the fields that redpoll does not know; nil if there are none.
	Extra map[string]Value
}

func (r *HotKeys) slots() []slot {
	return []slot{
		{"tracking-active", &r.Active}, {"sample-ratio", &r.SampleRatio},
		{"collection-start-time-unix-ms", &r.Start}, {"collection-duration-ms", &r.Duration},
		{"all-commands-all-slots-us", decode.Micros(&r.CPU)},
		{"all-commands-selected-slots-us", decode.Micros(&r.CPUSlots)},
		{"sampled-commands-selected-slots-us", decode.Micros(&r.CPUSampled)},
		{"net-bytes-all-commands-all-slots", &r.Net},
		{"net-bytes-all-commands-selected-slots", &r.NetSlots},
		{"net-bytes-sampled-commands-selected-slots", &r.NetSampled},
		{"total-cpu-time-user-ms", &r.CPUUser}, {"total-cpu-time-sys-ms", &r.CPUSys},
		{"total-net-bytes", &r.NetTotal}, {"selected-slots", &r.Slots},
		{"by-cpu-time-us", func(d *reply) error { return decodeHotKeyTimes(d, &r.ByCPU) }},
		{"by-net-bytes", func(d *reply) error { return decodeHotKeyBytes(d, &r.ByNet) }},
		{others, &r.Extra},
	}
}

// HotKeyRate is a hot key on Valkey.
type HotKeyRate struct {
	Key string
	// DB is the number of the database.
	DB int64
	// PerSecond is an estimate of the uses of the key per second, even if the key does not exist.
	PerSecond int64
	// Extra are the fields that redpoll does not know; nil if there are none.
	Extra map[string]Value
}

func (r *HotKeyRate) slots() []slot {
	return []slot{
		{"key", decode.User(&r.Key)}, {"db", &r.DB}, {"qps", &r.PerSecond}, {others, &r.Extra},
	}
}

// BackupStatus is the progress of a backup.
type BackupStatus struct {
	// State is "idle", "pending", "snapshotting", "incrementing", "sealed" or "failed".
	State string
	// Error is the reason why the backup failed; "" if it did not.
	Error string
	// Start is the beginning of the backup, and End the time when it was sealed, in seconds; the zero time
	// for never.
	Start, End time.Time
	// Extra are the fields that redpoll does not know; nil if there are none.
	Extra map[string]Value
}

func (r *BackupStatus) slots() []slot {
	return []slot{
		{"state", &r.State}, {"error", &r.Error}, {"start_time", decode.Unix(&r.Start)},
		{"end_time", decode.Unix(&r.End)}, {others, &r.Extra},
	}
}

// HotKeyTime is a key and the time of its commands.
type HotKeyTime struct {
	Key string
	CPU time.Duration
}

// HotKeyBytes is a key and the bytes that its commands received and sent.
type HotKeyBytes struct {
	Key   string
	Bytes int64
}

// putModuleConfig writes settings of a module; the words are counted.
func putModuleConfig(e *encoder, list []ModuleConfig) {
	e.N += 3 * len(list)
	for i := range list {
		e.Word("CONFIG")
		e.Word(list[i].Name)
		e.Word(list[i].Value)
	}
}

// putHotKeyMetrics writes the number of metrics and their names; all but the first word are counted.
func putHotKeyMetrics(e *encoder, argument string, m HotKeyMetrics) {
	n := int64(m&HotKeysCPU/HotKeysCPU + m&HotKeysNet/HotKeysNet)
	if n == 0 || m&^(HotKeysCPU|HotKeysNet) != 0 {
		e.Fail(argument, "must be HotKeysCPU, HotKeysNet or both, joined with |")
		return
	}
	e.Int(n)
	e.N += int(n)
	if m&HotKeysCPU != 0 {
		e.Word("CPU")
	}
	if m&HotKeysNet != 0 {
		e.Word("NET")
	}
}

// decodeDone accepts any status as success, because some commands report their work in it.
func decodeDone(d *reply) error {
	if d.Kind() == resp.KindStatus {
		return d.Skip()
	}
	return decode.Status(d, "of success")
}

func decodeBuckets(d *reply, v *[]LatencyBucket) error {
	n, err := d.MapLen()
	if err != nil {
		return err
	}
	list := make([]LatencyBucket, n)
	for i := range list {
		if err := readInto(d, decode.Micros(&list[i].UpTo)); err != nil {
			return err
		}
		if err := readInto(d, &list[i].Calls); err != nil {
			return err
		}
	}
	*v = list
	return nil
}

func decodeMemoryStats(d *reply, v *MemoryStats) error {
	v.DBs = map[int]MemoryDB{}
	slots := v.slots()
	return d.Named(func(name string) error {
		if digits, ok := strings.CutPrefix(name, "db."); ok {
			if n, err := strconv.Atoi(digits); err == nil {
				var db MemoryDB
				err := readRecord(d, &db)
				v.DBs[n] = db
				return err
			}
		}
		return fillOne(d, name, slots)
	})
}

// decodeRole reads the three forms of ROLE, told apart by the first element.
func decodeRole(d *reply, v *RoleInfo) error {
	n, err := d.Len()
	if err != nil {
		return err
	}
	if n == 0 {
		return &resp.TypeError{Want: "a role", Got: resp.KindArray}
	}
	if v.Name, err = d.Text(); err != nil {
		return err
	}
	var fields []any // the fields that all servers send
	switch v.Name {
	case "master":
		fields = []any{&v.Offset, &v.Replicas}
	case "slave":
		fields = []any{&v.PrimaryHost, &v.PrimaryPort, &v.State, &v.Offset}
	case "sentinel":
		fields = []any{&v.Primaries}
	default:
		return &resp.TypeError{Want: "the role master, slave or sentinel", Got: resp.KindBulk}
	}
	if n <= len(fields) {
		return &resp.TypeError{Want: "all that belongs to a role", Got: resp.KindArray}
	}
	for i := range n - 1 {
		if i < len(fields) {
			err = readInto(d, fields[i])
		} else {
			var extra Value
			err = decodeValue(d, &extra)
			v.Extra = append(v.Extra, extra)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// decodeDebugObject reads "Value at:0x7f... refcount:1 ...".
func decodeDebugObject(d *reply, v *DebugObject) error {
	text, err := d.Text()
	if err != nil {
		return err
	}
	fields, ok := strings.CutPrefix(text, "Value ")
	if !ok {
		return &resp.TypeError{Want: "a description of a value", Got: resp.KindStatus}
	}
	linesInto(strings.Fields(fields), ":", v.slots())
	for name, value := range v.Extra {
		v.Extra[name] = infoScalar(value.text)
	}
	return nil
}

// decodeHotKeys reads the reply of HOTKEYS GET: names and values in turn, which some releases put into an
// array with one element.
func decodeHotKeys(d *reply, v *HotKeys) error {
	if d.Null() {
		return decode.ErrMissing
	}
	if d.Kind() == resp.KindArray {
		inner := *d
		if n, err := inner.Len(); err == nil && n == 1 {
			*d = inner
			if d.Null() {
				return decode.ErrMissing
			}
		}
	}
	return readRecord(d, v)
}

// decodeHotKeyTimes and decodeHotKeyBytes read keys and numbers in turn.
func decodeHotKeyTimes(d *reply, v *[]HotKeyTime) error {
	n, err := d.MapLen()
	list := make([]HotKeyTime, n)
	for i := 0; i < n && err == nil; i++ {
		if list[i].Key, err = d.UserText(); err == nil {
			err = readInto(d, decode.Micros(&list[i].CPU))
		}
	}
	*v = list
	return err
}

func decodeHotKeyBytes(d *reply, v *[]HotKeyBytes) error {
	n, err := d.MapLen()
	list := make([]HotKeyBytes, n)
	for i := 0; i < n && err == nil; i++ {
		if list[i].Key, err = d.UserText(); err == nil {
			list[i].Bytes, err = d.Int()
		}
	}
	*v = list
	return err
}

// decodeSlots reads a range of slots, or a single one.
func decodeSlots(d *reply, v *[2]int64) (err error) {
	if d.Kind() != resp.KindArray {
		v[0], err = d.Int()
		v[1] = v[0]
		return err
	}
	n, err := d.Len()
	if err != nil {
		return err
	}
	if n < 1 || n > 2 {
		return &resp.TypeError{Want: "a range of slots", Got: resp.KindArray}
	}
	for i := range n {
		if v[i], err = d.Int(); err != nil {
			return err
		}
	}
	if n == 1 {
		v[1] = v[0]
	}
	return nil
}

// errStillThere is the error if the server answers SHUTDOWN with a success.
//
//houserules:ok family: it becomes the Err of a ReplyError
var errStillThere = errors.New("SHUTDOWN seems to have failed: the server answered instead of ending")

// decodeGone is for a command that ends the server: any reply is an error.
func decodeGone(d *reply) error {
	if err := d.Skip(); err != nil {
		return err
	}
	return errStillThere
}

// gone returns nil if the connection was lost while the reply was awaited. A caller that gave up, a time-out
// and a closed client stay errors, because the server may still run.
func gone(err error) error {
	var ce *ConnError
	if !errors.As(err, &ce) || ce.Outcome != MaybeExecuted || ce.Phase != PhaseRead || ce.Timeout() ||
		errors.Is(err, ErrClosed) || errors.Is(err, ErrProtocol) || errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

// CommandInfo describes a command.
type CommandInfo struct {
	// Name is in lower case; for a subcommand it is "config|get".
	Name string
	// Arity is the number of words including the command's name; a negative number is a minimum.
	Arity int64
	// Flags are words such as "readonly", "write" and "admin".
	Flags []string
	// FirstKey and LastKey are positions of keys behind the command's name, Step is the distance between
	// keys. A negative LastKey counts from the end. FirstKey is 0 if there is no key at a fixed place.
	FirstKey, LastKey, Step int64
	// Categories are those of the ACL, with their @. They need server 6.0, all following fields need 7.0.
	Categories []string
	// Tips are hints for clients, such as "request_policy:all_shards".
	Tips []string
	// Keys describes the exact places of the keys.
	Keys []CommandKeySpec
	// Subcommands describes the subcommands.
	Subcommands []CommandInfo
	// Extra are the elements that redpoll does not know.
	Extra []Value
}

func (r *CommandInfo) elements() (least int, into []any, rest *[]Value) {
	return 6, []any{&r.Name, &r.Arity, &r.Flags, &r.FirstKey, &r.LastKey, &r.Step, &r.Categories, &r.Tips,
		&r.Keys, &r.Subcommands}, &r.Extra
}

// CommandKeySpec describes the places of keys of a command, and their use.
type CommandKeySpec struct {
	Notes string
	// Flags are words such as "RO", "RW", "access" and "insert".
	Flags []string
	// Begin is the method to find the first key: "index" at Index, "keyword" behind the word Keyword,
	// searched from StartFrom on, or "unknown".
	Begin            string
	Index, StartFrom int64
	Keyword          string
	// Find is the method to find the other keys from there. With "range" they end at LastKey in steps of
	// KeyStep, and a Limit of n means only the nth part. With "keynum" the number of keys is at KeyNumIndex
	// and the first key at FirstKey, both counted from there. It may be "unknown".
	Find                  string
	LastKey, KeyStep      int64
	Limit                 int64
	KeyNumIndex, FirstKey int64
	// Extra are the fields that redpoll does not know; nil if there are none.
	Extra map[string]Value
}

func (r *CommandKeySpec) slots() []slot {
	return []slot{
		{"notes", &r.Notes}, {"flags", &r.Flags},
		{"begin_search", inside(slot{"type", &r.Begin}, slot{"spec", inside(
			slot{"index", &r.Index}, slot{"keyword", &r.Keyword}, slot{"startfrom", &r.StartFrom},
			slot{others, &r.Extra})}, slot{others, &r.Extra})},
		{"find_keys", inside(slot{"type", &r.Find}, slot{"spec", inside(
			slot{"lastkey", &r.LastKey}, slot{"keystep", &r.KeyStep}, slot{"limit", &r.Limit},
			slot{"keynumidx", &r.KeyNumIndex}, slot{"firstkey", &r.FirstKey},
			slot{others, &r.Extra})}, slot{others, &r.Extra})},
		{others, &r.Extra},
	}
}

// CommandKeyFlags is a key among the arguments of a command, and its use.
type CommandKeyFlags struct {
	Key string
	// Flags are words such as "RO", "RW", "access" and "insert".
	Flags []string
}

func (r *CommandKeyFlags) elements() (least int, into []any, rest *[]Value) {
	return 2, []any{decode.User(&r.Key), &r.Flags}, nil
}

// CommandDoc is the server's documentation of a command.
type CommandDoc struct {
	Summary string
	// Since is the first version with the command, Group its family.
	Since, Group string
	// Complexity is the time complexity.
	Complexity string
	// Module is the module of the command; "" for the server itself.
	Module string
	// Flags are "deprecated" and "syscmd".
	Flags []string
	// DeprecatedSince and ReplacedBy are set for deprecated commands.
	DeprecatedSince, ReplacedBy string
	// History are the changes in later versions.
	History []CommandChange
	// Arguments are the arguments in order.
	Arguments []CommandArgument
	// Subcommands has the documentation of subcommands, by name: "config|get".
	Subcommands map[string]CommandDoc
	// Extra are the fields that redpoll does not know; nil if there are none.
	Extra map[string]Value
}

func (r *CommandDoc) slots() []slot {
	return []slot{
		{"summary", &r.Summary}, {"since", &r.Since}, {"group", &r.Group},
		{"complexity", &r.Complexity}, {"module", &r.Module}, {"doc_flags", &r.Flags},
		{"deprecated_since", &r.DeprecatedSince}, {"replaced_by", &r.ReplacedBy},
		{"history", &r.History}, {"arguments", &r.Arguments}, {"subcommands", &r.Subcommands},
		{others, &r.Extra},
	}
}

// CommandChange is a change of a command in a later version.
type CommandChange struct {
	Version, Change string
}

func (r *CommandChange) elements() (least int, into []any, rest *[]Value) {
	return 2, []any{&r.Version, &r.Change}, nil
}

// CommandArgument is an argument in the documentation of a command.
type CommandArgument struct {
	Name, DisplayText string
	// Type is "string", "integer", "double", "key", "pattern", "unix-time", "pure-token", "oneof" or "block".
	Type string
	// Token is the word in front of it; "" if there is none.
	Token string
	// KeySpec is the index in CommandInfo.Keys for a key.
	KeySpec                         Null[int64]
	Summary, Since, DeprecatedSince string
	// Flags are "optional", "multiple" and "multiple_token".
	Flags []string
	// Arguments are the parts of "oneof" or "block".
	Arguments []CommandArgument
	// Extra are the fields that redpoll does not know; nil if there are none.
	Extra map[string]Value
}

func (r *CommandArgument) slots() []slot {
	return []slot{
		{"name", &r.Name}, {"display_text", &r.DisplayText}, {"type", &r.Type}, {"token", &r.Token},
		{"key_spec_index", &r.KeySpec}, {"summary", &r.Summary}, {"since", &r.Since},
		{"deprecated_since", &r.DeprecatedSince}, {"flags", &r.Flags}, {"arguments", &r.Arguments},
		{others, &r.Extra},
	}
}
