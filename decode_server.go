package redpoll

import (
	"strconv"
	"strings"
	"time"

	"github.com/redpoll-go/redpoll/resp"
)

// decodeDone takes any status for success: some commands tell in it what they did.
func decodeDone(d *reply, _ *struct{}) error {
	if d.Kind() == resp.KindStatus {
		return d.Skip()
	}
	return takeStatus(d, "of success")
}

// decodeWordMap reads a map of words of the protocol.
func decodeWordMap(d *reply, v *map[string]string) error {
	*v = map[string]string{}
	return d.Named(func(name string) (err error) {
		(*v)[name], err = d.Text()
		return err
	})
}

func decodeSlowLog(d *reply, v *[]SlowLogEntry) error {
	n, err := listLen(d)
	list := make([]SlowLogEntry, n)
	for i := 0; i < n && err == nil; i++ {
		v := &list[i]
		err = fillList(d, 4, &v.Extra, &v.ID, unixInto{&v.At}, microsInto{&v.Duration}, usersInto{&v.Args},
			&v.ClientAddr, &v.ClientName)
	}
	*v = list
	return err
}

func decodeCommandLog(d *reply, v *[]CommandLogEntry) error {
	n, err := listLen(d)
	list := make([]CommandLogEntry, n)
	for i := 0; i < n && err == nil; i++ {
		v := &list[i]
		err = fillList(d, 6, &v.Extra, &v.ID, unixInto{&v.At}, &v.Cost, usersInto{&v.Args}, &v.ClientAddr, &v.ClientName)
	}
	*v = list
	return err
}

func decodeLatencySamples(d *reply, v *[]LatencySample) error {
	n, err := listLen(d)
	list := make([]LatencySample, n)
	for i := 0; i < n && err == nil; i++ {
		v := &list[i]
		err = fillList(d, 2, new([]Value), unixInto{&v.At}, &v.Latency)
	}
	*v = list
	return err
}

func decodeLatencyEvents(d *reply, v *[]LatencyEvent) error {
	n, err := listLen(d)
	list := make([]LatencyEvent, n)
	for i := 0; i < n && err == nil; i++ {
		v := &list[i]
		err = fillList(d, 4, &v.Extra, &v.Event, unixInto{&v.At}, &v.Latency, &v.Max, &v.Sum, &v.Count)
	}
	*v = list
	return err
}

func decodeHistograms(d *reply, v *map[string]LatencyHistogram) error {
	*v = map[string]LatencyHistogram{}
	return d.Named(func(command string) error {
		var h LatencyHistogram
		err := fillNamed(d, &h.Extra, []slot{
			{"calls", &h.Calls},
			{"histogram_usec", func(d *reply) error { return decodeBuckets(d, &h.Buckets) }},
		})
		(*v)[command] = h
		return err
	})
}

func decodeBuckets(d *reply, v *[]LatencyBucket) error {
	n, err := d.MapLen()
	if err != nil {
		return err
	}
	list := make([]LatencyBucket, n)
	for i := range list {
		if err := readInto(d, microsInto{&list[i].UpTo}); err != nil {
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
	slots := []slot{
		{"peak.allocated", &v.Peak}, {"total.allocated", &v.Total}, {"startup.allocated", &v.Startup},
		{"replication.backlog", &v.ReplicationBacklog}, {"clients.slaves", &v.Replicas}, {"clients.normal", &v.Clients},
		{"cluster.links", &v.ClusterLinks}, {"aof.buffer", &v.AOFBuffer}, {"lua.caches", &v.Scripts}, {"functions.caches", &v.Functions},
		{"overhead.total", &v.Overhead}, {"dataset.bytes", &v.Dataset}, {"keys.count", &v.Keys}, {"keys.bytes-per-key", &v.BytesPerKey},
		{"dataset.percentage", &v.DatasetPercent}, {"peak.percentage", &v.PeakPercent},
		{"allocator.allocated", &v.AllocatorAllocated}, {"allocator.active", &v.AllocatorActive}, {"allocator.resident", &v.AllocatorResident},
		{"allocator-fragmentation.ratio", &v.AllocatorFragmentation}, {"allocator-fragmentation.bytes", &v.AllocatorFragmentationBytes},
		{"allocator-rss.ratio", &v.AllocatorRSS}, {"allocator-rss.bytes", &v.AllocatorRSSBytes},
		{"rss-overhead.ratio", &v.RSSOverhead}, {"rss-overhead.bytes", &v.RSSOverheadBytes},
		{"fragmentation", &v.Fragmentation}, {"fragmentation.bytes", &v.FragmentationBytes},
	}
	v.DBs = map[int]MemoryDB{}
	return d.Named(func(name string) error {
		if digits, ok := strings.CutPrefix(name, "db."); ok {
			if n, err := strconv.Atoi(digits); err == nil {
				return decodeMemoryDB(d, v.DBs, n)
			}
		}
		return fillOne(d, name, &v.Extra, slots)
	})
}

func decodeMemoryDB(d *reply, dbs map[int]MemoryDB, n int) error {
	var db MemoryDB
	err := fillNamed(d, &db.Extra, []slot{
		{"overhead.hashtable.main", &db.Keys},
		{"overhead.hashtable.expires", &db.Expires},
	})
	dbs[n] = db
	return err
}

// decodeRole reads the three forms of ROLE, told apart by the first element.
func decodeRole(d *reply, v *Role) error {
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
	var fields []any
	switch v.Name {
	case "master":
		fields = []any{&v.Offset, listInto(func(n int) { v.Replicas = make([]RoleReplica, n) }, func(d *reply, i int) error {
			r := &v.Replicas[i]
			return fillList(d, 3, new([]Value), &r.Host, &r.Port, &r.Offset)
		})}
	case "slave":
		fields = []any{&v.PrimaryHost, &v.PrimaryPort, &v.State, &v.Offset}
	case "sentinel":
		fields = []any{&v.Primaries}
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

func decodeModules(d *reply, v *[]Module) error {
	n, err := listLen(d)
	list := make([]Module, n)
	for i := 0; i < n && err == nil; i++ {
		v := &list[i]
		err = fillNamed(d, &v.Extra, []slot{
			{"name", &v.Name},
			{"ver", &v.Version},
			{"path", &v.Path},
			{"args", &v.Args},
		})
	}
	*v = list
	return err
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
	for _, f := range strings.Fields(fields) {
		name, value, _ := strings.Cut(f, ":")
		n, err := strconv.ParseInt(value, 10, 64)
		numeric := err == nil
		switch {
		case name == "at":
			v.At = value
		case name == "encoding":
			v.Encoding = value
		case name == "refcount" && numeric:
			v.RefCount = n
		case name == "serializedlength" && numeric:
			v.SerializedLength = n
		case name == "lru" && numeric:
			v.LRU = n
		case name == "lru_seconds_idle" && numeric:
			v.Idle = span(n, time.Second)
		default:
			keep(&v.Extra, name, infoScalar(value))
		}
	}
	return nil
}

func decodeChannelCounts(d *reply, v *[]ChannelCount) error {
	n, err := d.MapLen()
	if err != nil {
		return err
	}
	list := make([]ChannelCount, n)
	for i := range list {
		if list[i].Channel, err = d.UserText(); err != nil {
			return err
		}
		if list[i].Count, err = d.Int(); err != nil {
			return err
		}
	}
	*v = list
	return nil
}
