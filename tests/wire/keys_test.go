package wire_test

import (
	"time"

	"github.com/redpoll-go/redpoll"
)

// keysRows are the calls of methods for keys of any type.
var keysRows = []row{
	{"Copy", func(p *redpoll.Pipeline) { p.Copy("a", "b") }, "COPY a b"},
	{"Copy", func(p *redpoll.Pipeline) {
		p.Copy("a", "b", redpoll.Replace, redpoll.CopyDB(3))
	}, "COPY a b DB 3 REPLACE"},
	{"Del", func(p *redpoll.Pipeline) { p.Del(keys...) }, "DEL a b"},
	{"Unlink", func(p *redpoll.Pipeline) { p.Unlink(keys...) }, "UNLINK a b"},
	{"Exists", func(p *redpoll.Pipeline) { p.Exists(keys...) }, "EXISTS a b"},
	{"Touch", func(p *redpoll.Pipeline) { p.Touch(keys...) }, "TOUCH a b"},
	{"Dump", func(p *redpoll.Pipeline) { p.Dump("k") }, "DUMP k"},
	{"Restore", func(p *redpoll.Pipeline) { p.Restore("k", 0, "v") }, "RESTORE k 0 v"},
	{"Restore", func(p *redpoll.Pipeline) {
		p.Restore("k", 1500*time.Millisecond, "v", redpoll.RestoreFreq(3), redpoll.Replace)
	}, "RESTORE k 1500 v REPLACE FREQ 3"},
	{"RestoreAt", func(p *redpoll.Pipeline) {
		p.RestoreAt("k", moment, "v", redpoll.RestoreIdleTime(5*time.Second))
	}, "RESTORE k 1700000000123 v ABSTTL IDLETIME 5"},
	{"Expire", func(p *redpoll.Pipeline) { p.Expire("k", time.Minute) }, "EXPIRE k 60"},
	{"Expire", func(p *redpoll.Pipeline) {
		p.Expire("k", time.Minute, redpoll.GT, redpoll.XX)
	}, "EXPIRE k 60 XX GT"},
	{"ExpireIn", func(p *redpoll.Pipeline) {
		p.ExpireIn("k", time.Second+1999999, redpoll.GT)
	}, "PEXPIRE k 1001 GT"},
	{"ExpireIn", func(p *redpoll.Pipeline) { p.ExpireIn("k", -time.Second-1) }, "PEXPIRE k -1000"},
	{"PExpire", func(p *redpoll.Pipeline) { p.PExpire("k", time.Second, redpoll.NX) }, "PEXPIRE k 1000 NX"},
	{"ExpireAt", func(p *redpoll.Pipeline) {
		p.ExpireAt("k", moment.Truncate(time.Second), redpoll.LT)
	}, "EXPIREAT k 1700000000 LT"},
	{"PExpireAt", func(p *redpoll.Pipeline) { p.PExpireAt("k", moment) }, "PEXPIREAT k 1700000000123"},
	{"ExpireUntil", func(p *redpoll.Pipeline) {
		p.ExpireUntil("k", moment.Add(999999), redpoll.GT)
	}, "PEXPIREAT k 1700000000123 GT"},
	{"ExpireTime", func(p *redpoll.Pipeline) { p.ExpireTime("k") }, "EXPIRETIME k"},
	{"PExpireTime", func(p *redpoll.Pipeline) { p.PExpireTime("k") }, "PEXPIRETIME k"},
	{"TTL", func(p *redpoll.Pipeline) { p.TTL("k") }, "TTL k"},
	{"PTTL", func(p *redpoll.Pipeline) { p.PTTL("k") }, "PTTL k"},
	{"Persist", func(p *redpoll.Pipeline) { p.Persist("k") }, "PERSIST k"},
	{"Keys", func(p *redpoll.Pipeline) { p.Keys("a*") }, "KEYS a*"},
	{"RandomKey", func(p *redpoll.Pipeline) { p.RandomKey() }, "RANDOMKEY"},
	{"Rename", func(p *redpoll.Pipeline) { p.Rename("a", "b") }, "RENAME a b"},
	{"RenameNX", func(p *redpoll.Pipeline) { p.RenameNX("a", "b") }, "RENAMENX a b"},
	{"Move", func(p *redpoll.Pipeline) { p.Move("k", 2) }, "MOVE k 2"},
	{"Type", func(p *redpoll.Pipeline) { p.Type("k") }, "TYPE k"},
	{"ObjectEncoding", func(p *redpoll.Pipeline) { p.ObjectEncoding("k") }, "OBJECT ENCODING k"},
	{"ObjectFreq", func(p *redpoll.Pipeline) { p.ObjectFreq("k") }, "OBJECT FREQ k"},
	{"ObjectIdleTime", func(p *redpoll.Pipeline) { p.ObjectIdleTime("k") }, "OBJECT IDLETIME k"},
	{"ObjectRefCount", func(p *redpoll.Pipeline) { p.ObjectRefCount("k") }, "OBJECT REFCOUNT k"},
	{"ObjectHelp", func(p *redpoll.Pipeline) { p.ObjectHelp() }, "OBJECT HELP"},
	{"Scan", func(p *redpoll.Pipeline) { p.Scan(17) }, "SCAN 17"},
	{"Scan", func(p *redpoll.Pipeline) {
		p.Scan(1<<64-1, redpoll.ScanType("set"), redpoll.Count(10), redpoll.Match("a*"))
	}, "SCAN 18446744073709551615 MATCH a* COUNT 10 TYPE set"},
	{"Sort", func(p *redpoll.Pipeline) { p.Sort("k") }, "SORT k"},
	{"Sort", func(p *redpoll.Pipeline) {
		p.Sort("k", redpoll.SortAlpha, redpoll.Desc, redpoll.Limit(5, 10), redpoll.SortBy("w_*"))
	}, "SORT k BY w_* LIMIT 5 10 DESC ALPHA"},
	{"SortGet", func(p *redpoll.Pipeline) {
		p.SortGet("k", []string{"n_*"}, redpoll.Asc)
	}, "SORT k GET n_* ASC"},
	{"SortGroups", func(p *redpoll.Pipeline) {
		p.SortGroups("k", []string{"n_*", "#"})
	}, "SORT k GET n_* GET #"},
	{"SortStore", func(p *redpoll.Pipeline) {
		p.SortStore("d", "k", redpoll.SortGet("n_*", "#"), redpoll.Limit(0, 1))
	}, "SORT k LIMIT 0 1 GET n_* GET # STORE d"},
	{"SortRO", func(p *redpoll.Pipeline) { p.SortRO("k", redpoll.SortAlpha) }, "SORT_RO k ALPHA"},
	{"SortROGet", func(p *redpoll.Pipeline) { p.SortROGet("k", []string{"n_*"}) }, "SORT_RO k GET n_*"},
	{"SortROGroups", func(p *redpoll.Pipeline) {
		p.SortROGroups("k", []string{"n_*", "#"})
	}, "SORT_RO k GET n_* GET #"},
	{"Migrate", func(p *redpoll.Pipeline) {
		p.Migrate("h", 6379, keys, 1, time.Second)
	}, `MIGRATE h 6379 "" 1 1000 KEYS a b`},
	{"Migrate", func(p *redpoll.Pipeline) {
		p.Migrate("h", 6379, keys, 1, time.Second, redpoll.MigrateAuth("u", "p"), redpoll.Replace,
			redpoll.MigrateCopy)
	}, `MIGRATE h 6379 "" 1 1000 COPY REPLACE AUTH2 u p KEYS a b`},
	{"Migrate", func(p *redpoll.Pipeline) {
		p.Migrate("h", 6379, keys, 1, time.Second, redpoll.MigrateAuth("", "p"))
	}, `MIGRATE h 6379 "" 1 1000 AUTH p KEYS a b`},
	{"Wait", func(p *redpoll.Pipeline) { p.Wait(2, 1500*time.Millisecond) }, "WAIT 2 1500"},
	{"WaitAOF", func(p *redpoll.Pipeline) { p.WaitAOF(1, 2, 0) }, "WAITAOF 1 2 0"},
}
