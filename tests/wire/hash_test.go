package wire_test

import (
	"time"

	"github.com/redpoll-go/redpoll"
)

// hashRows are the calls of methods for hashes.
var hashRows = []row{
	{"HSet", func(p *redpoll.Pipeline) { p.HSet("h", "f", 1, "g", 2.5) }, "HSET h f 1 g 2.5"},
	{"HMSet", func(p *redpoll.Pipeline) { p.HMSet("h", "f", 1) }, "HMSET h f 1"},
	{"HSetNX", func(p *redpoll.Pipeline) { p.HSetNX("h", "f", "v") }, "HSETNX h f v"},
	{"HGet", func(p *redpoll.Pipeline) { p.HGet("h", "f") }, "HGET h f"},
	{"HGetBytes", func(p *redpoll.Pipeline) { p.HGetBytes("h", "f") }, "HGET h f"},
	{"HMGet", func(p *redpoll.Pipeline) { p.HMGet("h", keys...) }, "HMGET h a b"},
	{"HGetAll", func(p *redpoll.Pipeline) { p.HGetAll("h") }, "HGETALL h"},
	{"HKeys", func(p *redpoll.Pipeline) { p.HKeys("h") }, "HKEYS h"},
	{"HVals", func(p *redpoll.Pipeline) { p.HVals("h") }, "HVALS h"},
	{"HLen", func(p *redpoll.Pipeline) { p.HLen("h") }, "HLEN h"},
	{"HExists", func(p *redpoll.Pipeline) { p.HExists("h", "f") }, "HEXISTS h f"},
	{"HDel", func(p *redpoll.Pipeline) { p.HDel("h", keys...) }, "HDEL h a b"},
	{"HIncrBy", func(p *redpoll.Pipeline) { p.HIncrBy("h", "f", -3) }, "HINCRBY h f -3"},
	{"HIncrByFloat", func(p *redpoll.Pipeline) { p.HIncrByFloat("h", "f", 1.5) }, "HINCRBYFLOAT h f 1.5"},
	{"HStrLen", func(p *redpoll.Pipeline) { p.HStrLen("h", "f") }, "HSTRLEN h f"},
	{"HRandField", func(p *redpoll.Pipeline) { p.HRandField("h") }, "HRANDFIELD h"},
	{"HRandFieldN", func(p *redpoll.Pipeline) { p.HRandFieldN("h", -2) }, "HRANDFIELD h -2"},
	{"HRandFieldWithValues", func(p *redpoll.Pipeline) {
		p.HRandFieldWithValues("h", 2)
	}, "HRANDFIELD h 2 WITHVALUES"},
	{"HScan", func(p *redpoll.Pipeline) {
		p.HScan("h", 0, redpoll.Count(5), redpoll.Match("a*"))
	}, "HSCAN h 0 MATCH a* COUNT 5"},
	{"HScanNoValues", func(p *redpoll.Pipeline) {
		p.HScanNoValues("h", 0, redpoll.Count(5))
	}, "HSCAN h 0 COUNT 5 NOVALUES"},
	{"HExpire", func(p *redpoll.Pipeline) { p.HExpire("h", time.Minute, keys) }, "HEXPIRE h 60 FIELDS 2 a b"},
	{"HExpire", func(p *redpoll.Pipeline) {
		p.HExpire("h", time.Minute, keys, redpoll.NX)
	}, "HEXPIRE h 60 NX FIELDS 2 a b"},
	{"HExpireIn", func(p *redpoll.Pipeline) {
		p.HExpireIn("h", time.Minute+1, keys, redpoll.NX)
	}, "HPEXPIRE h 60000 NX FIELDS 2 a b"},
	{"HPExpire", func(p *redpoll.Pipeline) {
		p.HPExpire("h", time.Minute, keys, redpoll.XX)
	}, "HPEXPIRE h 60000 XX FIELDS 2 a b"},
	{"HExpireAt", func(p *redpoll.Pipeline) {
		p.HExpireAt("h", moment.Truncate(time.Second), keys, redpoll.GT)
	}, "HEXPIREAT h 1700000000 GT FIELDS 2 a b"},
	{"HPExpireAt", func(p *redpoll.Pipeline) {
		p.HPExpireAt("h", moment, keys, redpoll.LT)
	}, "HPEXPIREAT h 1700000000123 LT FIELDS 2 a b"},
	{"HExpireUntil", func(p *redpoll.Pipeline) {
		p.HExpireUntil("h", moment, keys, redpoll.GT)
	}, "HPEXPIREAT h 1700000000123 GT FIELDS 2 a b"},
	{"HExpireTime", func(p *redpoll.Pipeline) { p.HExpireTime("h", keys...) }, "HEXPIRETIME h FIELDS 2 a b"},
	{"HPExpireTime", func(p *redpoll.Pipeline) {
		p.HPExpireTime("h", keys...)
	}, "HPEXPIRETIME h FIELDS 2 a b"},
	{"HTTL", func(p *redpoll.Pipeline) { p.HTTL("h", keys...) }, "HTTL h FIELDS 2 a b"},
	{"HPTTL", func(p *redpoll.Pipeline) { p.HPTTL("h", keys...) }, "HPTTL h FIELDS 2 a b"},
	{"HPersist", func(p *redpoll.Pipeline) { p.HPersist("h", keys...) }, "HPERSIST h FIELDS 2 a b"},
	{"HGetDel", func(p *redpoll.Pipeline) { p.HGetDel("h", keys...) }, "HGETDEL h FIELDS 2 a b"},
	{"HGetEx", func(p *redpoll.Pipeline) {
		p.HGetEx("h", keys, redpoll.Persist)
	}, "HGETEX h PERSIST FIELDS 2 a b"},
	{"HSetEx", func(p *redpoll.Pipeline) {
		p.HSetEx("h", []any{"f", 1, "g", 2}, redpoll.KeepTTL, redpoll.FNX)
	}, "HSETEX h FNX KEEPTTL FIELDS 2 f 1 g 2"},
	{"HSetEx", func(p *redpoll.Pipeline) {
		p.HSetEx("h", []any{"f", 1}, redpoll.FNX, redpoll.XX)
	}, "HSETEX h XX FNX FIELDS 1 f 1"},
	{"HSetEx", func(p *redpoll.Pipeline) {
		p.HSetEx("h", []any{"f", 1}, redpoll.EX(time.Second), redpoll.NX)
	}, "HSETEX h NX EX 1 FIELDS 1 f 1"},
	{"HSetEx", func(p *redpoll.Pipeline) {
		p.HSetEx("h", []any{"f", 1}, redpoll.FXX, redpoll.PXAT(moment))
	}, "HSETEX h FXX PXAT 1700000000123 FIELDS 1 f 1"},
}
