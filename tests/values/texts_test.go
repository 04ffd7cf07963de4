package values_test

import (
	"context"
	"errors"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit"
	"github.com/redpoll-go/redpoll/internal/testkit/clients"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// text is an error and its whole expected text. In want, ADDR stands for the address of the server and TIME
// for a duration. An empty want means success.
type text struct {
	name string
	err  error
	want string
}

var (
	elapsed = regexp.MustCompile(` after [0-9.]+(ns|µs|ms|s)\b`)
	// The text depends on which sign of the end arrives first.
	hungUp = regexp.MustCompile(`handshake after TIME: [^()]*(EOF|reset by peer|broken pipe) \(does`)
)

// texts compares whole texts. Each must contain the name of the package, and not the secret of the tests.
func texts(t *testing.T, addr string, list []text) {
	t.Helper()
	for _, tt := range list {
		got := ""
		if tt.err != nil {
			got = elapsed.ReplaceAllString(tt.err.Error(), " after TIME")
			if addr != "" {
				got = strings.ReplaceAll(got, addr, "ADDR")
			}
			got = hungUp.ReplaceAllString(got, "handshake after TIME: HUNG UP (does")
			named(t, tt.err)
		}
		if got != tt.want {
			t.Errorf("%s:\n got %s\nwant %s", tt.name, got, tt.want)
		}
	}
}

// secret is a password, key or value that no text may contain.
const secret = "sEcreT"

// named checks that an error, and each error of the package inside it, begins with the name of the package,
// contains it once, and does not contain the secret.
func named(t *testing.T, err error) {
	t.Helper()
	for _, one := range family(err) {
		if s := one.Error(); !strings.HasPrefix(s, "redpoll: ") || strings.Count(s, "redpoll: ") != 1 ||
			strings.Contains(s, secret) {
			t.Errorf("%T: the text is %q", one, s)
		}
	}
}

// family returns the errors of the package inside an error.
func family(err error) (list []error) {
	var (
		se *redpoll.ServerError
		ce *redpoll.ConnError
		de *redpoll.DataError
		te *redpoll.StateError
		re *redpoll.ReplyError
		ee *redpoll.ElementError
		oe *redpoll.OptionError
		pe *redpoll.PipelineError
		le *redpoll.LockError
		dr *redpoll.DrainError
		fe redpoll.Error
	)
	for _, as := range []struct {
		found bool
		get   func() error
	}{
		{errors.As(err, &se), func() error { return se }}, {errors.As(err, &ce), func() error { return ce }},
		{errors.As(err, &de), func() error { return de }}, {errors.As(err, &te), func() error { return te }},
		{errors.As(err, &re), func() error { return re }}, {errors.As(err, &ee), func() error { return ee }},
		{errors.As(err, &oe), func() error { return oe }}, {errors.As(err, &pe), func() error { return pe }},
		{errors.As(err, &le), func() error { return le }}, {errors.As(err, &dr), func() error { return dr }},
		{errors.As(err, &fe), func() error { return fe }},
	} {
		if as.found {
			list = append(list, as.get())
		}
	}
	return append(list, err)
}

// In each kind of call, an error reply names the command and the node, keeps its code, and gives advice if
// there is any.
func TestTextsOfAServer(t *testing.T) {
	t.Parallel()
	srv := redpolltest.Start(t, redpolltest.ServerOptions{
		Users:     []redpolltest.User{{Name: "reader", Password: secret, Rules: "~* +@read +@connection"}},
		Databases: 4,
	})
	rdb := clients.New(t, redpoll.Options{Addr: srv.Addr()})
	as := func(o redpoll.Options) error {
		o.Addr, o.NoRetry = srv.Addr(), true
		return clients.New(t, o).Set(ctx, "k", secret)
	}
	srv.Do("RPUSH", "list", "x")
	srv.Do("SET", "text", secret)
	_, wrong := rdb.Incr(ctx, "list")
	_, script := rdb.RegisterScript("return redis.call('INCR', KEYS[1])").Run(ctx, []string{"text"})
	_, lacking := rdb.Do(ctx, "EVALSHA", strings.Repeat("0", 40), 0)
	_, unknown := rdb.Do(ctx, "NOSUCH", secret)
	_, function := rdb.FCall(ctx, "nosuch", nil)
	_, do := rdb.Do(ctx, "INCR", "list")
	one := clients.Pin(t, rdb)
	_, pinned := one.Incr(ctx, "list")

	pipe := rdb.Pipeline(redpoll.NoTransaction)
	pipe.Set("k", "v")
	handle := pipe.Incr("list")
	queued := pipe.Exec(ctx)
	typed := rdb.Pipeline()
	typed.Set("k", true)
	shaped := rdb.Pipeline()
	redpoll.QueueHGetAllAs[int](shaped, "k")
	tx := rdb.Pipeline()
	set := tx.Set("k", "v")
	tx.Do("GET")
	aborted := tx.Exec(ctx)
	ran := rdb.Pipeline()
	ran.Set("k", "v")
	ran.Incr("list")
	inside := ran.Exec(ctx)
	watched := rdb.Transaction(ctx, func(tx *redpoll.Tx) error { _, err := tx.Incr(ctx, "list"); return err })
	var walked error
	for _, err := range rdb.HScanIter(ctx, "list") {
		walked = err
	}
	_, name := clients.New(t, redpoll.Options{Addr: srv.Addr(), ClientName: "u16",
		Text: clients.UpsideDown{}}).ClientGetName(ctx)
	library := rdb.RegisterFunctions("#!lua name=" + secret + "\nbroken")
	_, unloaded := library.Call(ctx, "nosuch", nil)
	pipe = rdb.Pipeline()
	call := library.Queue(pipe, "nosuch", nil)
	_ = pipe.Exec(ctx)
	_, locked := rdb.Lock("text", redpoll.LockOptions{TTL: time.Minute}).TryAcquire(ctx)

	const noLibrary = "ERR Function not found (its library is not loaded: ERR Error compiling function: " +
		"user_function:2: '=' expected near '<eof>')"
	// Three texts of the server have changed since Redis 7.0.
	denied := "this user"
	if srv.Version().AtLeast(7, 2) {
		denied = "User reader"
	}
	place, advice := "61636018f4e6b5817b89791bbed242f93fa089e3, ", "Please use EVAL. "
	if srv.IsValkey() && srv.Release().AtLeast(9, 1) {
		place, advice = "", ""
	}
	const kind = "WRONGTYPE Operation against a key holding the wrong kind of value"
	texts(t, srv.Addr(), []text{
		{"friction 2, the code ERR", rdb.Rename(ctx, "nosuch", "b"), "redpoll: RENAME on ADDR: ERR no such " +
			"key"},
		{"friction 2, a wrong type", wrong, "redpoll: INCR on ADDR: " + kind},
		{"Do", do, "redpoll: INCR on ADDR: " + kind},
		{"Conn", pinned, "redpoll: INCR on ADDR: " + kind},
		{"a pipeline", queued, "redpoll: command 2 of the pipeline (INCR) on ADDR: " + kind},
		{"its handle", handle.Err(), "redpoll: INCR on ADDR: " + kind},
		{"a value in a pipeline", typed.Exec(ctx), "redpoll: command 1 of the pipeline (SET): value: is a " +
			"bool; pass 1 or 0, or a string"},
		{"a type in a pipeline", shaped.Exec(ctx), "redpoll: command 1 of the pipeline (HGETALL): type: " +
			"int is not a struct"},
		{"a transaction that ran", inside, "redpoll: command 2 of the pipeline (INCR) on ADDR: " + kind},
		{"a transaction that did not", aborted, "redpoll: command 2 of the pipeline (GET) on ADDR: ERR " +
			"wrong number of arguments for 'get' command"},
		{"the other handles", set.Err(), "redpoll: EXEC on ADDR: EXECABORT Transaction discarded because " +
			"of previous errors. " +
			"(command 2 of the pipeline, GET: ERR wrong number of arguments for 'get' command)"},
		{"inside Transaction", watched, "redpoll: INCR on ADDR: " + kind},
		{"an iterator", walked, "redpoll: HSCAN on ADDR: " + kind},
		{"a lock", locked, "redpoll: lock \"text\": not acquired (another holder has it: " +
			"Acquire waits for LockOptions.Wait)"},
		{"a script", script, "redpoll: EVAL on ADDR: ERR value is not an integer or out of range script: " +
			place + "on @user_script:1."},
		{"a script that is not there", lacking, "redpoll: EVALSHA on ADDR: NOSCRIPT No matching script. " +
			advice +
			"(Client.RegisterScript makes scripts that are loaded where they are missing)"},
		{"a function that is not there", function, "redpoll: FCALL on ADDR: ERR Function not found " +
			"(Client.RegisterFunctions makes libraries that are loaded where they are missing)"},
		{"a library that cannot be loaded", unloaded, "redpoll: FCALL on ADDR: " + noLibrary},
		{"the same in a pipeline", call.Err(), "redpoll: FCALL on ADDR: " + noLibrary},
		{"T28", name, ""},
		{"a command that nobody knows", unknown, "redpoll: NOSUCH on ADDR: ERR unknown command 'NOSUCH'"},
		{"not allowed", as(redpoll.Options{Username: "reader", Password: secret}),
			"redpoll: SET on ADDR: NOPERM " + denied + " has no permissions to run the 'set' command " +
				"(the server's ACL decides: ACL SETUSER grants it to the user, and ACL LOG tells what was " +
				"denied)"},
		{"a wrong password", as(redpoll.Options{Username: "reader", Password: secret + "x"}),
			"redpoll: SET on ADDR: handshake after TIME: HELLO: WRONGPASS invalid username-password pair " +
				"or user is disabled. " +
				"(see Options.Username and Password, or what Options.Credentials gave) (refused)"},
		{"friction 8, a line end", as(redpoll.Options{Username: "reader", Password: secret + "\n"}),
			"redpoll: SET on ADDR: handshake after TIME: HELLO: WRONGPASS invalid username-password pair " +
				"or user is disabled. " +
				"(the password ends with a line end, as files of secrets often do: is it meant?) (refused)"},
		{"T25", as(redpoll.Options{Password: secret}),
			"redpoll: SET on ADDR: handshake after TIME: AUTH: ERR AUTH <password> called without any " +
				"password configured for the " +
				"default user. Are you sure your configuration is correct? (leave out Options.Password, or " +
				"give the user's name too, " +
				"Options.Username) (refused)"},
		{"a database", as(redpoll.Options{DB: 4}), "redpoll: SET on ADDR: handshake after TIME: SELECT: " +
			"ERR DB index is out of range " +
			"(see Options.DB, and the server's setting databases) (refused)"},
		{"a protocol on a plain port", as(redpoll.Options{TLS: redpolltest.NewCertificates(t).ClientConfig(),
			DialTimeout: clients.Brief}),
			"redpoll: SET on ADDR: handshake after TIME: TLS: no connection within the dial time-out: i/o " +
				"timeout " +
				"(does the port speak TLS? If not leave out Options.TLS, or write redis:// in a URL) (not " +
				"sent)"},
	})
	texts(t, srv.Addr(), limits(t, srv))
}

// limits returns the texts of a server at its limits.
func limits(t *testing.T, srv *redpolltest.Server) []text {
	rdb := clients.New(t, redpoll.Options{Addr: srv.Addr(), NoRetry: true})
	srv.Do("CONFIG", "SET", "proto-max-bulk-len", "1mb")
	bulk := rdb.Set(ctx, "k", strings.Repeat(secret, 1<<18))
	srv.Do("CONFIG", "SET", "maxmemory-policy", "noeviction")
	srv.Do("CONFIG", "SET", "maxmemory", "1")
	full := rdb.Set(ctx, "k", secret)
	srv.Do("CONFIG", "SET", "maxmemory", "0")
	srv.Do("REPLICAOF", "127.0.0.1", "1")
	replica := rdb.Set(ctx, "k", secret)
	srv.Do("CONFIG", "SET", "replica-serve-stale-data", "no")
	_, stale := rdb.Get(ctx, "k")
	srv.Do("REPLICAOF", "NO", "ONE")
	return []text{
		{"T5, friction 2", bulk, "redpoll: SET on ADDR: ERR Protocol error: invalid bulk length " +
			"(an argument is longer than the server's proto-max-bulk-len: send less at once, or raise it " +
			"there)"},
		{"out of memory", full, "redpoll: SET on ADDR: OOM command not allowed when used memory > " +
			"'maxmemory'. " +
			"(raise the server's maxmemory, choose a maxmemory-policy that evicts, or delete keys)"},
		{"T4, a replica", replica, "redpoll: SET on ADDR: READONLY You can't write against a read only " +
			"replica. " +
			"(the address leads to a replica: give that of the primary)"},
		{"a replica alone", stale, "redpoll: GET on ADDR: MASTERDOWN Link with MASTER is down and " +
			"replica-serve-stale-data is set to 'no'. " +
			"(a replica that has lost its primary answers only with replica-serve-stale-data yes)"},
	}
}

// These replies need a special server.
func TestTextsOfReplies(t *testing.T) {
	t.Parallel()
	const cluster = " (the server is a node of a cluster: NewCluster makes clients for clusters)"
	const busy = " (the cluster cannot serve these keys now: Options.RetryFor is how long calls wait for it)"
	for reply, remedy := range map[string]string{
		"ERR syntax error": "",
		"no code at all":   "",
		"BUSYGROUP Consumer Group name already exists": "",
		"MISCONF Errors writing to the AOF file":       "",
		"NOAUTH Authentication required.": " (the server asks for a password: " +
			"Options.Password, or redis://:password@host in a URL)",
		"LOADING Redis is loading the dataset": " (the server still reads its data: " +
			"Options.RetryFor is how long calls wait for it)",
		"BUSY Redis is busy running a script.": " (ScriptKill or FunctionKill ends what runs, " +
			"unless it has written)",
		"MOVED 3999 10.0.0.1:6381":         cluster,
		"ASK 3999 10.0.0.1:6381":           cluster,
		"CLUSTERDOWN Hash slot not served": busy,
		"TRYAGAIN Multiple keys request":   busy,
		"CROSSSLOT Keys in request don't hash": " (the server is a node of a cluster, where the " +
			"keys of one command share a slot: give them the same {tag})",
		"ERR max number of clients reached": " (close connections, or raise the server's " +
			"maxclients)",
		"ERR invalid password": " (see Options.Username and Password, or what " +
			"Options.Credentials gave)",
		"ERR Client sent AUTH, but no password is set": " (leave out Options.Password, or give the user's " +
			"name too, Options.Username)",
		"ERR unknown command 'INCR'":                    " (is it renamed or switched off there?)",
		"ERR wrong number of arguments for 'x' command": "",
	} {
		p := testkit.Listen(t, testkit.Answering(map[string]string{"INCR": "-" + reply + "\r\n"}))
		rdb := clients.New(t, redpoll.Options{Addr: p.Addr(), NoRetry: true})
		_, err := rdb.Incr(ctx, "n")
		texts(t, p.Addr(), []text{{reply, err, "redpoll: INCR on ADDR: " + reply + remedy}})
	}
}

// If the server is too old for a command, the error names the required version. It leaves out the arguments,
// which servers repeat.
func TestTextsOfNewerCommands(t *testing.T) {
	t.Parallel()
	hello := func(product, version string) string {
		return testkit.Reply(3, testkit.Map{"server", product, "proto", 3, "version", version})
	}
	for _, tt := range []struct {
		name, hello, command, want string
	}{
		{"Redis", hello("redis", "7.0.15"), "HEXPIRE", "needs server 7.4 or Valkey 9.0; this one is 7.0.15"},
		{"Valkey", hello("valkey", "8.1.2"), "HEXPIRE", "needs server 7.4 or Valkey 9.0; this one is " +
			"Valkey 8.1.2"},
		{"Redis, a command of Valkey", hello("redis", "8.0.6"), "CLUSTERSCAN", "needs Valkey 9.1; this one " +
			"is 8.0.6"},
		{"Valkey, a command of Redis", hello("valkey", "9.0.0"), "VADD", "needs server 8.0; this one is " +
			"Valkey 9.0.0"},
		{"no version", "-ERR unknown command 'HELLO'\r\n", "HEXPIRE", "needs server 7.4 or Valkey 9.0"},
		{"no number", hello("redis", "unstable"), "HEXPIRE", "needs server 7.4 or Valkey 9.0"},
		{"renamed", hello("redis", "7.4.0"), "HEXPIRE", "is it renamed or switched off there?"},
		{"renamed in Valkey", hello("valkey", "8.0.0"), "LPOS", "is it renamed or switched off there?"},
		{"a module", hello("redis", "7.0.15"), "JSON.GET", "needs server 8.0 or the module that has it; " +
			"this one is 7.0.15"},
		{"a module of Valkey", hello("valkey", "8.0.0"), "JSON.GET", "needs server 8.0 or the module that " +
			"has it; this one is Valkey 8.0.0"},
		{"a module that is not loaded", hello("redis", "8.0.6"), "JSON.GET", "it belongs to a module: is " +
			"that loaded there?"},
		{"old and no version", "-ERR unknown command 'HELLO'\r\n", "GET", ""},
		{"not in the table", hello("redis", "7.0.15"), "NOSUCH", ""},
	} {
		p := testkit.Listen(t, testkit.Answering(map[string]string{
			"HELLO": tt.hello, tt.command: "-ERR unknown command '" + tt.command + "', with args beginning " +
				"with: '" + secret + "'\r\n",
		}))
		_, err := clients.New(t, redpoll.Options{Addr: p.Addr(), NoRetry: true}).Do(ctx, tt.command, secret)
		want := "redpoll: " + tt.command + " on ADDR: ERR unknown command '" + tt.command + "'"
		if tt.want != "" {
			want += " (" + tt.want + ")"
		}
		texts(t, p.Addr(), []text{{tt.name, err, want}})
	}
	// The server takes the command for another one.
	for version, remedy := range map[string]string{
		"6.2.0": " (needs server 7.2; this one is 6.2.0)", "7.2.0": "", "": "",
	} {
		p := testkit.Listen(t, testkit.Answering(map[string]string{
			"HELLO": hello("redis", version), "XADD": "-ERR syntax error\r\n", "WAITAOF": "-ERR wrong number " +
				"of arguments for 'wait' command\r\n",
		}))
		pipe := clients.New(t, redpoll.Options{Addr: p.Addr(), NoRetry: true}).Pipeline(redpoll.NoTransaction)
		add, wait := pipe.XAdd("k", "*", []any{"f", "v"}), pipe.WaitAOF(1, 1, time.Second)
		_ = pipe.Exec(ctx)
		texts(t, p.Addr(), []text{
			{"an old command", add.Err(), "redpoll: XADD on ADDR: ERR syntax error"},
			{"a new command", wait.Err(), "redpoll: WAITAOF on ADDR: ERR wrong number of arguments for " +
				"'wait' command" + remedy},
		})
	}
	p := testkit.Listen(t, testkit.Answering(map[string]string{"CLIENT NO-TOUCH ON": "-ERR unknown " +
		"subcommand 'NO-TOUCH'. Try CLIENT HELP.\r\n"}))
	err := clients.New(t, redpoll.Options{Addr: p.Addr(), NoTouch: true, NoRetry: true}).Ping(ctx)
	texts(t, p.Addr(), []text{{"in the handshake", err, "redpoll: PING on ADDR: handshake after TIME: " +
		"CLIENT NO-TOUCH: ERR unknown subcommand " +
		"'NO-TOUCH'. Try CLIENT HELP. (needs server 7.2; this one is 7.0.15) (refused)"}})
}

// The other end is a proxy, or not a Redis server at all: sightings T8 to T12 and T21.
func TestTextsOfOtherEnds(t *testing.T) {
	t.Parallel()
	const noAuth = "-NOAUTH Authentication required.\r\n"
	ping := func(o redpoll.Options, answers map[string]string) error {
		o.Addr, o.NoRetry = testkit.Listen(t, testkit.Answering(answers)).Addr(), true
		return clients.New(t, o).Ping(ctx)
	}
	upstream := testkit.Listen(t, testkit.Answering(map[string]string{
		"MGET":   "*4\r\n$1\r\nv\r\n-no upstream host\r\n$1\r\nw\r\n-UPSTREAM failure\r\n",
		"DBSIZE": "$1\r\nx\r\n", "ECHO": "-ERR no such key\r\n",
	}))
	up := clients.New(t, redpoll.Options{Addr: upstream.Addr()})
	_, lost := up.MGet(ctx, "a", "b", "c", "d")
	_, shape := up.DBSize(ctx)
	garbage := testkit.Listen(t, testkit.Answering(map[string]string{"PING": "HTTP/1.1 400 Bad " +
		"Request\r\n\r\n"}))
	web := clients.New(t, redpoll.Options{Addr: garbage.Addr(), NoRetry: true}).Ping(ctx)
	nan, nanErr := redpoll.Float("-nan", nil)
	if nan == nan {
		t.Errorf("-nan is %v", nan)
	}
	cuts := testkit.Listen(t, func(n int, words []string) string {
		if n <= 2 && words[0] == "HELLO" {
			return testkit.HangUp
		}
		return testkit.Friendly(n, words)
	})
	checked := testkit.Listen(t, testkit.Answering(map[string]string{"PING": "-NOPERM this user\r\n"}))
	healthy := clients.New(t, redpoll.Options{Addr: checked.Addr(), NoRetry: true,
		HealthCheckInterval: time.Microsecond})
	_, health := healthy.Get(ctx, "k")
	_, again := healthy.Get(ctx, "k")
	texts(t, upstream.Addr(), []text{
		{"T9", clients.New(t, redpoll.Options{Addr: cuts.Addr()}).Ping(ctx), ""},
		{"T19", errors.Join(health, again), ""},
		{"T8", ping(redpoll.Options{Username: "u", Password: secret}, map[string]string{"HELLO": noAuth}),
			""},
		{"T10", ping(redpoll.Options{Username: "u", Password: secret}, map[string]string{"HELLO": "-ERR " +
			"unknown command\r\n" + testkit.HangUp}), ""},
		{"T11", lost, "redpoll: MGET: element 1: no upstream host; element 3: UPSTREAM failure"},
		{"T12", nanErr, ""},
		{"another shape", shape, "redpoll: DBSIZE: resp: got a bulk string, expected an integer"},
	})
	texts(t, garbage.Addr(), []text{
		{"no Redis", web,
			`redpoll: PING on ADDR: read after TIME: protocol error: the server broke the protocol: resp: protocol error: no RESP value starts with this byte, got "HTTP/1.1 400 Bad Request" (maybe executed)`},
	})

	certs := redpolltest.Start(t, redpolltest.ServerOptions{TLS: true, RequireClientCert: true})
	bare := certs.ClientTLS().Clone()
	bare.Certificates = nil
	alert := clients.New(t, redpoll.Options{Addr: certs.TLSAddr(), TLS: bare})
	plain := clients.New(t, redpoll.Options{Addr: certs.TLSAddr(), NoRetry: true})
	texts(t, certs.TLSAddr(), []text{
		{"T21", alert.Ping(ctx), "redpoll: PING on ADDR: handshake after TIME: HELLO: remote error: tls: " +
			"certificate required " +
			"(give a client certificate: Options.TLS.Certificates, or ssl_certfile and ssl_keyfile in a " +
			"URL) (not sent)"},
		{"friction 2, plain to a TLS port", plain.Ping(ctx), "redpoll: PING on ADDR: handshake after TIME: " +
			"HUNG UP " +
			"(does the port speak TLS? Then set Options.TLS, or rediss:// in a URL) (not sent)"},
	})
}

// Options and URLs are wrong: sightings T13 to T15, T26, T27 and T29, and frictions 2 and 8.
func TestTextsOfOptions(t *testing.T) {
	t.Parallel()
	url := func(raw string) error { _, err := redpoll.ParseURL(raw); return err }
	with := func(o redpoll.Options) error { _, err := redpoll.New(o); return err }
	texts(t, "", []text{
		{"T13", url("redis://bob:42/" + secret + "@redis.example.com:6379?db=1"),
			"redpoll: URL: has a / in front of its @: write / in user and password as %2F, and @ behind " +
				"the host as %40"},
		{"T14", with(redpoll.Options{Addr: "redis:6379:6380"}), "redpoll: Addr: has more than one colon: " +
			"must be host:port, or [address]:port for IPv6"},
		{"T15", url("redis://[fe80::1%25wlanA]"), ""},
		{"T26", url("redis://h?charset=utf-8&encoding_errors=strict"), ""},
		{"T27", url("redis://h?encoding_errors=replace"), ""},
		{"T29", url("rediss://h?ssl_cert_reqs=none&ssl_check_hostname=true"),
			"redpoll: ssl_check_hostname: contradicts ssl_cert_reqs=none: the name in a certificate that " +
				"is not checked proves nothing; give one of them"},
		{"friction 2, MaxRetries", with(redpoll.Options{MaxRetries: -1}),
			"redpoll: MaxRetries: must not be negative; 0 is the default, NoRetry turns repeats off"},
		{"MaxConns", with(redpoll.Options{MaxConns: -1}), "redpoll: MaxConns: must not be negative; 0 is " +
			"the default, Unlimited means no bound"},
		{"DB", with(redpoll.Options{DB: -1}), "redpoll: DB: must not be negative"},
		{"a time", with(redpoll.Options{DialTimeout: -1}), "redpoll: DialTimeout: must not be negative; 0 " +
			"is the default, Forever means no limit"},
		{"a time without its unit", with(redpoll.Options{DialTimeout: 5}),
			"redpoll: DialTimeout: 5ns: did you mean 5*time.Second? Less than 1ms is refused"},
		{"friction 8, Valkey", url("valkey://:" + secret + "@h:6379/1"), ""},
		{"friction 8, Valkey over TLS", url("valkeys://h"), ""},
		{"friction 8, forever", url("redis://h?reply_timeout=forever&dial_timeout=none"), ""},
		{"friction 8, an explicit 0", url("redis://h?reply_timeout=0"),
			"redpoll: reply_timeout: must not be 0: leave it out for the default, or write none for no " +
				"limit"},
		{"friction 8, a line end", url("redis://:" + secret + "@h\n"), "redpoll: URL: ends with a line " +
			"end, as files of secrets often do; " +
			"such control characters are not part of a URL: cut it off"},
		{"another scheme", url("http://" + secret), "redpoll: URL: must begin with redis://, rediss:// or " +
			"unix://; valkey://, valkeys:// and " +
			"valkey+unix:// mean the same, and Open also takes redis+sentinel:// and redis+replicas://"},
		{"no URL", url(""), "redpoll: URL: is empty: write redis://host:port"},
		{"an option of another client", url("redis://h?pool_size=" + secret), "redpoll: URL: unknown option " +
			`"pool_size"; did you mean max_conns?`},
		{"several servers", url("redis-cluster://h"), "redpoll: URL: the scheme is that of several servers " +
			"(cluster), and these are the options of one: Open makes clients for several"},
		{"an unknown option", url("redis://h?nosuch=" + secret), `redpoll: URL: unknown option "nosuch"`},
	})
}

// Misuse is explained: arguments that cannot be sent, commands that would change the connection, and clients
// that are nil or a zero value.
func TestTextsOfCalls(t *testing.T) {
	t.Parallel()
	rdb := clients.New(t, redpoll.Options{Addr: "127.0.0.1:1", NoRetry: true})
	var none *redpoll.Client
	_, first := rdb.BLPop(ctx, 5, "q")
	_, number := redpoll.Int(secret, nil)
	_, do := rdb.Do(ctx, "SET", "k", struct{}{})
	_, state := rdb.Do(ctx, "SELECT", 1)
	_, get := none.Get(ctx, "k")
	_, zero := new(redpoll.Client).Get(ctx, "k")
	_, pairs := rdb.HSet(ctx, "h", secret)
	texts(t, "", []text{
		{"T18", first, "redpoll: BLPOP timeout: 5ns: did you mean 5*time.Second? The server takes no less " +
			"than a millisecond"},
		{"T20", number, `redpoll: Int: the text (6 bytes) is not a whole number`},
		{"friction 2, EX(60)", rdb.Set(ctx, "k", "v", redpoll.EX(60)), "redpoll: SET EX: 60ns: did you " +
			"mean 60*time.Second? The server takes whole seconds"},
		{"a position", do, "redpoll: SET argument 2: has the type struct {}; only strings, []byte, " +
			"numbers and types with MarshalText or MarshalBinary can be sent: redpoll.HSetFrom writes a " +
			"struct " +
			"into a hash, redpoll.JSON(v) makes a document of it"},
		{"a state", state, "redpoll: SELECT would change its connection for whoever uses it next: " +
			"use Options.DB, or another Client for the other database"},
		{"friction 2, a nil client", get, "redpoll: GET client: is nil or a zero Client: New and Open make " +
			"clients"},
		{"friction 2, a zero client", zero, "redpoll: GET client: is nil or a zero Client: New and Open " +
			"make clients"},
		{"a name alone", pairs, "redpoll: HSET pairs: has a name without a value: 1 is not an even number"},
		{"nobody listens", rdb.Ping(ctx), "redpoll: PING on 127.0.0.1:1: dial after TIME: dial tcp " +
			"127.0.0.1:1: connect: connection refused (not sent)"},
	})
}

// The error of a context has its cause, and the error of an exhausted pool names the options.
func TestTextsOfWaits(t *testing.T) {
	t.Parallel()
	p := testkit.Listen(t, testkit.Friendly)
	held := func(o redpoll.Options) (*redpoll.Client, error) {
		o.Addr = p.Addr()
		rdb := clients.New(t, o)
		one := clients.Pin(t, rdb)
		defer one.Close()
		ctx, cancel := context.WithTimeoutCause(ctx, 20*time.Millisecond, errors.New("the request was "+
			"given up"))
		defer cancel()
		_, err := rdb.Conn(ctx)
		return rdb, err
	}
	rdb, late := held(redpoll.Options{MaxConns: 1})
	_, full := held(redpoll.Options{MaxConns: 1, FailAtMaxConns: true})
	_, timeout := held(redpoll.Options{MaxConns: 1, WaitTimeout: time.Millisecond})
	_ = rdb.Close()
	_, closed := rdb.Get(ctx, "k")
	const bound = "all 1 connections are in use: MaxConns bounds them; transactions and Conn hold theirs " +
		"until they end, so that one inside another needs two"
	texts(t, p.Addr(), []text{
		{"a context", late, "redpoll: ADDR: queue: context deadline exceeded: the request was given up; " +
			"" + bound + " (not sent)"},
		{"friction 2, exhausted", full, "redpoll: ADDR: queue: too many connections: " + bound +
			"; without FailAtMaxConns calls wait for one (not sent)"},
		{"friction 2, WaitTimeout", timeout, "redpoll: ADDR: queue: no connection available: none came " +
			"back within 1ms: " + bound + "; WaitTimeout is how long calls wait for one (not sent)"},
		{"closed", closed, "redpoll: GET on ADDR: the client is closed (not sent)"},
	})
}

// The text of each error type and each sentinel begins with the name of the package, whatever the error
// contains.
func TestTextsBeginWithThePackage(t *testing.T) {
	t.Parallel()
	words := []string{"", "ERR", "x", "redpoll: x", "a: redpoll: b", "ERR unknown command 'x'", "MOVED 1 h:1",
		"\xff\n", strings.Repeat("x", 1<<10)}
	for _, a := range words {
		for _, b := range words {
			cause := errors.New(b)
			server := &redpoll.ServerError{Code: a, Message: b}
			for _, err := range []error{
				server, &redpoll.ServerError{Code: "ERR", Message: b, Command: "GET", Node: "h:1"},
				&redpoll.ServerError{Message: "unknown command", Command: a},
				&redpoll.ConnError{Command: "GET", Node: "h:1", Err: cause}, &redpoll.ConnError{Err: server},
				&redpoll.DataError{Command: "GET", Argument: a, Reason: b},
				&redpoll.StateError{Command: "GET", Instead: b},
				&redpoll.ReplyError{Command: "GET", Err: cause}, &redpoll.ElementError{Index: 1, Err: server},
				&redpoll.OptionError{Option: "Addr", Reason: b},
				&redpoll.PipelineError{Command: "GET", Err: cause}, &redpoll.PipelineError{Command: "GET",
					Err: server},
				&redpoll.LockError{Name: a, Err: cause}, &redpoll.DrainError{Err: cause},
			} {
				s := err.Error()
				given := strings.HasPrefix(a, "redpoll") || strings.HasPrefix(b, "redpoll")
				if !strings.HasPrefix(s, "redpoll: ") || strings.HasPrefix(s, "redpoll: redpoll: ") &&
					!given {
					t.Errorf("%T with %q and %q: %q", err, a, b, s)
				}
			}
		}
	}
	for _, err := range []error{
		redpoll.Nil, redpoll.ErrClosed, redpoll.ErrConnClosed, redpoll.ErrPoolExhausted,
		redpoll.ErrPoolTimeout, redpoll.ErrLimited, redpoll.ErrProtocol,
		redpoll.ErrNotSent, redpoll.ErrRefused, redpoll.ErrMaybeExecuted, redpoll.ErrAuth, redpoll.ErrNoPerm,
		redpoll.ErrLoading, redpoll.ErrMaxClients,
		redpoll.ErrReadOnly, redpoll.ErrNoScript, redpoll.ErrNoFunction, redpoll.ErrExecAbort,
		redpoll.ErrWrongType, redpoll.ErrBusyKey, redpoll.ErrBusy,
		redpoll.ErrOutOfMemory, redpoll.ErrClusterDown, redpoll.ErrTryAgain, redpoll.ErrMoved,
		redpoll.ErrCrossSlot, redpoll.ErrWatch,
		redpoll.ErrNotExecuted, redpoll.ErrNotAcquired, redpoll.ErrNotOwned, redpoll.ErrNotHeld,
	} {
		named(t, err)
	}
}
