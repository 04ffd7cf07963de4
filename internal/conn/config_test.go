package conn

import (
	"context"
	"crypto/tls"
	"log/slog"
	"net"
	"reflect"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll/resp"
)

// full returns a configuration in which every setting differs from its zero value.
func full() *Config {
	return &Config{
		Network: "tcp", Addr: "a:1", TLS: new(tls.Config),
		Dial:        func(context.Context, string, string) (net.Conn, error) { return nil, nil },
		DialTimeout: 1, ReplyTimeout: 2, WriteTimeout: 3, KeepAlive: 4,
		Credentials: func(context.Context) (string, string, error) {
			return "", "", nil
		}, ClientName: "n", DB: 5, Role: Replica, Leads: true, RESP2: true,
		NoEvict: true, NoTouch: true, ClientInfo: true, OnPush: func(*Conn, []byte) {},
		OnConnect:    func(context.Context, *Conn) error { return nil },
		TrackReplies: true, Observe: func(context.Context, time.Duration, error) {}, Spin: 6,
		Limits: resp.Limits{Bulk: 7}, Logger: slog.Default(),
	}
}

// The configuration for another server of the same deployment has the same settings except the address and
// the role, and no habits yet.
func TestConfigFor(t *testing.T) {
	t.Parallel()
	c := full()
	c.known.hello.learn()
	other := c.For("b:2", Primary)
	if other.Addr != "b:2" || other.Role != Primary || !other.learnt().hello.fresh() {
		t.Errorf("address %s, role %v", other.Addr, other.Role)
	}
	from, to := reflect.ValueOf(c).Elem(), reflect.ValueOf(other).Elem()
	for i := range from.NumField() {
		field := from.Type().Field(i)
		if !field.IsExported() || field.Name == "Addr" || field.Name == "Role" {
			continue
		}
		if from.Field(i).IsZero() {
			t.Errorf("the test sets no %s", field.Name)
		}
		same := reflect.DeepEqual(from.Field(i).Interface(), to.Field(i).Interface())
		if field.Type.Kind() == reflect.Func {
			same = from.Field(i).Pointer() == to.Field(i).Pointer()
		}
		if !same {
			t.Errorf("%s is another", field.Name)
		}
	}
}

// A connection for urgent commands sends nothing that a server refuses while a script runs, and uses the
// habits of the endpoint.
func TestConfigBare(t *testing.T) {
	t.Parallel()
	c := full()
	bare := c.Bare()
	c.known.hello.learn()
	if bare.Addr != c.Addr || bare.ClientName != "" || bare.DB != 0 || len(bare.modes()) != 0 ||
		bare.ClientInfo || bare.Observe != nil || bare.learnt().hello.fresh() {
		t.Errorf("%+v", bare)
	}
}

// Connections to a replica of a cluster send READONLY before any other command.
func TestReplicaIsToldReadOnly(t *testing.T) {
	t.Parallel()
	s := newScripted(t, func(_ int, words []string) string {
		if words[0] == "HELLO" {
			return helloReply
		}
		return "+OK\r\n"
	})
	s.dial(s.config().For("replica:6379", Replica))
	s.wantHeard("HELLO 3; READONLY")
}
