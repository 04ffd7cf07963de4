package main

import (
	"context"
	"crypto/tls"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/gomodule/redigo/redis"
	goredis "github.com/redis/go-redis/v9"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// firstReplyCommand is the first argument of the experiment with the first call of a new client: how many
// round trips of the network does it take from making the client to the reply of its first GET?
const firstReplyCommand = "firstreply"

// login has the settings for a new connection.
type login struct {
	addr     string
	tls      *tls.Config // nil for a plain connection
	password string
	database int
	name     string
}

// firstReplyCase is a column.
type firstReplyCase struct {
	title string
	login login // without address
	tls   bool
}

const (
	firstReplyPassword = "secret"
	firstReplyDatabase = 3
	firstReplyName     = "bench"
)

// firstReplyCases are in the order in which they run: the server gets its password before the first case with
// a password.
var firstReplyCases = []firstReplyCase{
	{title: "nothing"},
	{title: "database", login: login{database: firstReplyDatabase}},
	{title: "name", login: login{name: firstReplyName}},
	{title: "password", login: login{password: firstReplyPassword}},
	{title: "all three", login: login{password: firstReplyPassword, database: firstReplyDatabase,
		name: firstReplyName}},
	{title: "all, TLS", login: login{password: firstReplyPassword, database: firstReplyDatabase,
		name: firstReplyName}, tls: true},
}

// newcomer is a library in this experiment.
type newcomer struct {
	name string
	open func(login) (client, error)
}

var newcomers = []newcomer{
	{"redpoll", func(l login) (client, error) {
		return newRedpoll(redpoll.Options{Addr: l.addr, TLS: l.tls, Password: l.password, DB: l.database,
			ClientName: l.name})
	}},
	{"goredis", func(l login) (client, error) {
		c := goredis.NewClient(&goredis.Options{Addr: l.addr, TLSConfig: l.tls, Password: l.password,
			DB: l.database, ClientName: l.name})
		return &goredisClient{cmd: c, owner: c}, nil
	}},
	{"rueidis", func(l login) (client, error) {
		o := rueidisOptions(setting{addr: l.addr, tls: l.tls})
		o.Password, o.SelectDB, o.ClientName = l.password, l.database, l.name
		return newRueidis(o)
	}},
	{"redigo", func(l login) (client, error) {
		options := []redis.DialOption{redis.DialUseTLS(l.tls != nil), redis.DialTLSConfig(l.tls)}
		if l.password != "" {
			options = append(options, redis.DialPassword(l.password))
		}
		options = append(options, redis.DialDatabase(l.database), redis.DialClientName(l.name))
		return redigoClient{&redis.Pool{DialContext: func(ctx context.Context) (redis.Conn, error) {
			return redis.DialContext(ctx, "tcp", l.addr, options...)
		}}}, nil
	}},
}

// arrival is the result of a first call.
type arrival struct {
	took   time.Duration
	dialed int
}

// runFirstReply is the command.
func runFirstReply(args []string, out io.Writer) (err error) {
	flags := flag.NewFlagSet(firstReplyCommand, flag.ContinueOnError)
	delay := flags.Duration("delay", 20*time.Millisecond, "delay of the network in each direction")
	rounds := flags.Int("rounds", 5, "rounds; the table shows medians")
	if err := flags.Parse(args); err != nil {
		return err
	}
	f, err := newFixture()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.close()) }()
	certs := redpolltest.NewCertificates(f)
	s, err := startServer(nil, certs)
	if err != nil {
		return err
	}
	defer s.stop()
	control, err := dialWire(s.addr, nil)
	if err != nil {
		return err
	}
	defer control.close()
	for _, command := range [][]string{{"SET", "greeting", "hello"},
		{"SELECT", fmt.Sprint(firstReplyDatabase)}, {"SET", "greeting", "hello"}} {
		if _, err := control.do(command...); err != nil {
			return fmt.Errorf("fill the server: %w", err)
		}
	}
	plain, secure := redpolltest.NewProxy(f, s.addr), redpolltest.NewProxy(f, s.tlsAddr)
	for _, p := range []*redpolltest.Proxy{plain, secure} {
		p.Delay(redpolltest.ToServer, *delay)
		p.Delay(redpolltest.ToClient, *delay)
	}
	found, err := arriveAll(control, plain, secure, certs, *rounds)
	if err != nil {
		return err
	}
	fmt.Fprintf(out,
		"from the making of a client to the reply of its first GET, in round trips of %v, "+
			"medians of %d rounds\n"+
			"(that of TCP's handshake is not in it: add 1; in brackets: connections made, "+
			"if more than one)\n",
		2*(*delay), *rounds)
	return writeArrivals(out, *delay, found)
}

// arriveAll lets all clients make their first call in all cases. The result is by client, case and round.
func arriveAll(control *wire, plain, secure *redpolltest.Proxy, certs *redpolltest.Certificates,
	rounds int) ([][][]arrival, error) {
	found := make([][][]arrival, len(newcomers))
	for i := range found {
		found[i] = make([][]arrival, len(firstReplyCases))
	}
	for at, one := range firstReplyCases {
		l, proxy := one.login, plain
		if l.password != "" {
			if _, err := control.do("CONFIG", "SET", "requirepass", l.password); err != nil {
				return nil, fmt.Errorf("set the password: %w", err)
			}
		}
		if one.tls {
			proxy, l.tls = secure, &tls.Config{RootCAs: certs.Pool, ServerName: "localhost",
				MinVersion: tls.VersionTLS13}
		}
		l.addr = proxy.Addr()
		for round := range rounds {
			for i := range newcomers {
				i = turn(i, round, len(newcomers))
				a, err := arrive(newcomers[i], l, proxy)
				if err != nil {
					return nil, fmt.Errorf("%s, %s: %w", newcomers[i].name, one.title, err)
				}
				found[i][at] = append(found[i][at], a)
			}
		}
	}
	return found, nil
}

// arrive makes a client and its first call.
func arrive(n newcomer, l login, proxy *redpolltest.Proxy) (arrival, error) {
	before, began := proxy.Accepted(), time.Now()
	c, err := n.open(l)
	if err != nil {
		return arrival{}, err
	}
	v, err := c.get(context.Background(), "greeting")
	a := arrival{took: time.Since(began), dialed: proxy.Accepted() - before}
	if err == nil && v != "hello" {
		err = errDiffers
	}
	return a, firstError(err, c.close())
}

// writeArrivals prints a line per client, a column per case.
func writeArrivals(out io.Writer, delay time.Duration, found [][][]arrival) error {
	var titles []string
	for _, one := range firstReplyCases {
		titles = append(titles, one.title)
	}
	columns := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(columns, "client\t%s\t\n", strings.Join(titles, "\t"))
	for i, n := range newcomers {
		fmt.Fprintf(columns, "%s\t", n.name)
		for _, arrivals := range found[i] {
			var trips, dialed []float64
			for _, a := range arrivals {
				trips, dialed = append(trips, float64(a.took)/float64(2*delay)),
					append(dialed, float64(a.dialed))
			}
			fmt.Fprintf(columns, "%.2f", spreadOf(trips).Median)
			if n := spreadOf(dialed).Median; n > 1 {
				fmt.Fprintf(columns, " (%.0f)", n)
			}
			fmt.Fprint(columns, "\t")
		}
		fmt.Fprintln(columns)
	}
	return columns.Flush()
}
