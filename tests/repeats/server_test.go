package repeats_test

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/redpoll-go/redpoll/redpolltest"
)

// layOut returns commands that write random values to the keys of some kinds.
func (d *dice) layOut(kinds string, vectors bool) (list [][]string) {
	add := func(words ...string) { list = append(list, words) }
	add("FLUSHDB")
	add("RPUSH", "other", "a")
	if strings.Contains(kinds, "l") {
		add("SET", "other", "a")
	}
	for _, kind := range strings.Split(kinds, "") {
		for i := range 3 {
			key := kind + strconv.Itoa(i)
			for range d.IntN(6) {
				n := strconv.Itoa(d.IntN(5))
				switch kind {
				case "s":
					add("SET", key, d.member()+n)
				case "h":
					add("HSET", key, d.member(), n)
				case "p":
					add("PFADD", key, d.member())
				case "l":
					add("RPUSH", key, d.member())
				case "e":
					add("SADD", key, d.member())
				case "z":
					add("ZADD", key, n, d.member())
				case "g":
					add("GEOADD", key, n, strconv.Itoa(d.IntN(4)), d.member())
				case "v":
					if vectors {
						add("VADD", key, "VALUES", "2", "1", n, d.member(), "SETATTR", `{"y":0}`)
					}
				}
			}
			if kind == "x" {
				add("XGROUP", "CREATE", key, "a", "0", "MKSTREAM")
				for n := range d.IntN(5) {
					add("XADD", key, strconv.Itoa(n+1)+"-1", "f", "v")
				}
				add("XREADGROUP", "GROUP", "a", "c", "COUNT", "2", "STREAMS", key, ">")
			}
			if d.IntN(3) == 0 && kind != "" {
				add("EXPIRE", key, "7200")
			}
		}
	}
	return list
}

// lookScript returns the server's time, and the content of each key, the expiries in it, and its own expiry.
// Details of a serialized value without a meaning, such as the links of a vector set or the order of a hash,
// do not count.
const lookScript = `
local all, keys, now = {}, redis.call('KEYS', '*'), redis.call('TIME')
table.sort(keys)
for _, key in ipairs(keys) do
	local kind, holds, times = redis.call('TYPE', key).ok, {}, {redis.call('PEXPIRETIME', key)}
	if kind == 'hash' then
		local fields = redis.call('HKEYS', key)
		table.sort(fields)
		for _, f in ipairs(fields) do
			holds[#holds+1] = f
			holds[#holds+1] = redis.call('HGET', key, f)
			if ARGV[1] == '1' then
				times[#times+1] = redis.call('HPEXPIRETIME', key, 'FIELDS', 1, f)[1]
			end
		end
	elseif kind == 'set' then
		holds = redis.call('SMEMBERS', key)
		table.sort(holds)
	elseif kind == 'vectorset' then
		local members = redis.call('VRANDMEMBER', key, 1000)
		table.sort(members)
		for _, m in ipairs(members) do
			holds[#holds+1] = m
			for _, x in ipairs(redis.call('VEMB', key, m)) do
				holds[#holds+1] = tostring(x)
			end
			holds[#holds+1] = redis.call('VGETATTR', key, m) or ''
		end
	else
		holds[1] = redis.call('DUMP', key)
	end
	all[#all+1] = {key, kind, holds, times}
end
return {now[1] * 1000000 + now[2], all}`

// world is the content of a server at some time.
type world struct {
	micros int64
	keys   []any // of key, kind, content, times
	looks  any
}

// same compares the contents after one execution and after two. A lifetime counts from the last execution: an
// expiry may be later, but at most by the time between the look before the first execution and the last look.
func (w world) same(twice world, before int64) bool {
	if !reflect.DeepEqual(w.looks, twice.looks) || len(w.keys) != len(twice.keys) {
		return false
	}
	most := (twice.micros-before)/1000 + 1
	for i := range w.keys {
		one, two := w.keys[i].([]any), twice.keys[i].([]any)
		if !reflect.DeepEqual(one[:3], two[:3]) {
			return false
		}
		first, second := one[3].([]any), two[3].([]any)
		if len(first) != len(second) {
			return false
		}
		for j := range first {
			a, b := first[j].(int64), second[j].(int64)
			if a != b && (a < 0 || b < a || b-a > most) {
				return false
			}
		}
	}
	return true
}

// repeatServer runs calls on a server.
type repeatServer struct {
	t       *testing.T
	conn    *redpolltest.Conn
	times   string // "1" if fields of hashes have expiries
	vectors bool
}

func newRepeatServer(t *testing.T) *repeatServer {
	t.Helper()
	srv := redpolltest.Start(t, redpolltest.ServerOptions{Config: []string{"enable-debug-command local"}})
	s := &repeatServer{t: t, conn: redpolltest.Dial(t, srv.Addr()), times: "0"}
	if s.knows("HPEXPIRETIME") {
		s.times = "1"
	}
	s.vectors = s.knows("VADD")
	return s
}

// knows reports whether the server has a command.
func (s *repeatServer) knows(name string) bool {
	s.t.Helper()
	list, _ := s.run(redpolltest.AppendCommand(nil, "COMMAND", "INFO",
		strings.ReplaceAll(name, " ", "|"))).([]any)
	return len(list) == 1 && list[0] != nil
}

// run sends an encoded command, and returns the reply.
func (s *repeatServer) run(wire []byte) any {
	s.t.Helper()
	if _, err := s.conn.Write(wire); err != nil {
		s.t.Fatal(err)
	}
	reply, err := s.conn.Reply()
	if err != nil {
		s.t.Fatal(err)
	}
	return reply
}

// runAll runs commands in one write. Error replies are accepted, because a random command may be wrong.
func (s *repeatServer) runAll(list [][]string) {
	s.t.Helper()
	var wire []byte
	for _, words := range list {
		wire = redpolltest.AppendCommand(wire, words...)
	}
	if _, err := s.conn.Write(wire); err != nil {
		s.t.Fatal(err)
	}
	for range list {
		if _, err := s.conn.Reply(); err != nil {
			s.t.Fatal(err)
		}
	}
}

// look returns the content of the server.
func (s *repeatServer) look(also string) world {
	s.t.Helper()
	reply, ok := s.run(redpolltest.AppendCommand(nil, "EVAL", lookScript, "0", s.times)).([]any)
	if !ok {
		s.t.Fatalf("the server cannot be looked at: %v", reply)
	}
	w := world{micros: reply[0].(int64), keys: reply[1].([]any)}
	if also != "" {
		w.looks = s.run(redpolltest.AppendCommand(nil, strings.Fields(also)...))
	}
	return w
}

// twice runs a call twice, and returns a fault: "" if the second execution changed nothing, and its reply can
// replace the first one. A result that counts changes may be that of the second execution; all other results
// are data or OK.
func (s *repeatServer) twice(words []string, counts bool, also string) (fault string, one any) {
	s.t.Helper()
	wire := redpolltest.AppendCommand(nil, words...)
	before := s.look(also)
	one = s.run(wire)
	after := s.look(also)
	two := s.run(wire)
	last := s.look(also)
	_, failed := one.(redpolltest.Error)
	_, fails := two.(redpolltest.Error)
	switch {
	case !after.same(last, before.micros):
		fault = fmt.Sprintf("a second execution changes something:\nfirst  %q %q\nsecond %q %q", after.keys,
			after.looks, last.keys, last.looks)
	case failed != fails:
		fault = fmt.Sprintf("the reply is %q, and that of a second execution %q", one, two)
	case !counts && !failed && !reflect.DeepEqual(one, two):
		fault = fmt.Sprintf("the data is %q, and that of a second execution %q", one, two)
	}
	return fault, one
}
