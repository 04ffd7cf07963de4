package embedded

import (
	"cmp"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// wire sends commands and reads replies as bytes.
type wire struct {
	t *testing.T
	net.Conn
}

func dial(t *testing.T, s *Server) wire {
	t.Helper()
	c, err := net.Dial("tcp", s.Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return wire{t, c}
}

// expect sends the words of command and compares as many bytes of the reply as reply has.
func (w wire) expect(command, reply string) {
	w.t.Helper()
	words := strings.Fields(command)
	request := fmt.Sprintf("*%d\r\n", len(words))
	for _, word := range words {
		request += fmt.Sprintf("$%d\r\n%s\r\n", len(word), word)
	}
	if _, err := io.WriteString(w, request); err != nil {
		w.t.Fatal(err)
	}
	got := make([]byte, len(reply))
	_ = w.SetReadDeadline(time.Now().Add(10 * time.Second))
	if n, err := io.ReadFull(w, got); err != nil || string(got) != reply {
		w.t.Errorf("%s: got %q, %v, want %q", command, got[:n], err, reply)
	}
}

const hello3 = "%7\r\n$6\r\nserver\r\n$9\r\nminiredis\r\n$7\r\nversion\r\n$5\r\n8.4.0\r\n$5\r\nproto\r\n:3\r\n$2\r\nid\r\n:42\r\n" +
	"$4\r\nmode\r\n$10\r\nstandalone\r\n$4\r\nrole\r\n$6\r\nmaster\r\n$7\r\nmodules\r\n*1\r\n%4\r\n$4\r\nname\r\n$9\r\nvectorset\r\n" +
	"$3\r\nver\r\n:1\r\n$4\r\npath\r\n$0\r\n\r\n$4\r\nargs\r\n*0\r\n"

func TestStartAndClose(t *testing.T) {
	t.Parallel()
	s, err := Start()
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	c := dial(t, s)
	c.expect("SET k v", "+OK\r\n")
	c.expect("GET k", "$1\r\nv\r\n")
	c.expect("SELECT 1", "+OK\r\n")
	c.expect("GET k", "$-1\r\n")
	s.FlushAll()
	c.expect("SELECT 0", "+OK\r\n")
	c.expect("GET k", "$-1\r\n")
	if want := "redis://" + s.Addr() + "/0"; s.URL() != want {
		t.Errorf("URL %s, want %s", s.URL(), want)
	}
	addr := s.Addr()
	s.Close()
	s.Close()
	if s.Addr() != addr {
		t.Errorf("the address has become %q", s.Addr())
	}
	if _, err := net.Dial("tcp", addr); err == nil {
		t.Error("a closed server accepts connections")
	}
	if _, err := c.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		t.Errorf("an open connection ends with %v", err)
	}
	if _, err := s.Dial(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Dial on a closed server: %v", err)
	}
}

func TestStartTEndsWithTheTest(t *testing.T) {
	t.Parallel()
	var s *Server
	t.Run("", func(t *testing.T) {
		s = StartT(t)
		dial(t, s).expect("PING", "+PONG\r\n")
	})
	if _, err := net.Dial("tcp", s.Addr()); err == nil {
		t.Error("the server has outlived its test")
	}
}

func TestAddressInUse(t *testing.T) {
	t.Parallel()
	if s, err := StartOptions(Options{Addr: StartT(t).Addr()}); err == nil {
		s.Close()
		t.Error("two servers on one address")
	}
}

func TestLogin(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		opts Options
		auth string
	}{
		{"password", Options{Password: "p@ss/w"}, "AUTH p@ss/w"},
		{"user", Options{Username: "alice", Password: "secret"}, "AUTH alice secret"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s, err := StartOptions(c.opts)
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			conn := dial(t, s)
			conn.expect("GET k", "-NOAUTH Authentication required.\r\n")
			conn.expect(c.auth, "+OK\r\n")
			conn.expect("GET k", "$-1\r\n")
			dial(t, s).expect("HELLO 3 AUTH "+cmp.Or(c.opts.Username, "default")+" "+c.opts.Password, hello3)
			u, err := url.Parse(s.URL())
			if err != nil {
				t.Fatal(err)
			}
			if password, _ := u.User.Password(); password != c.opts.Password ||
				u.User.Username() != c.opts.Username {
				t.Errorf("URL %s", s.URL())
			}
		})
	}
}

func TestTLS(t *testing.T) {
	t.Parallel()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	s, err := StartOptions(Options{
		TLS: &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	pool := x509.NewCertPool()
	pool.AddCert(leaf)
	c, err := tls.Dial("tcp", s.Addr(), &tls.Config{RootCAs: pool})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	wire{t, c}.expect("PING", "+PONG\r\n")
	if !strings.HasPrefix(s.URL(), "rediss://") {
		t.Errorf("URL %s", s.URL())
	}
}

func TestKeysExpire(t *testing.T) {
	t.Parallel()
	t.Run("by fast forward", func(t *testing.T) {
		t.Parallel()
		s, err := StartOptions(Options{FrozenClock: true})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		c := dial(t, s)
		c.expect("SET k v EX 60", "+OK\r\n")
		s.FastForward(59 * time.Second)
		c.expect("TTL k", ":1\r\n")
		s.FastForward(time.Second)
		c.expect("GET k", "$-1\r\n")
	})
	for _, frozen := range []bool{false, true} {
		t.Run(fmt.Sprintf("by the clock, frozen %v", frozen), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s, err := StartOptions(Options{NoListener: true, FrozenClock: frozen})
				if err != nil {
					t.Fatal(err)
				}
				defer s.Close()
				conn, err := s.Dial()
				if err != nil {
					t.Fatal(err)
				}
				defer conn.Close()
				c := wire{t, conn}
				c.expect("SET k v EX 60", "+OK\r\n")
				time.Sleep(time.Hour) // of the bubble's clock
				want := "$-1\r\n"
				if frozen {
					want = "$1\r\nv\r\n"
				}
				c.expect("GET k", want)
				if s.Addr() != "" {
					t.Errorf("address %s without a listener", s.Addr())
				}
			})
		})
	}
}

func TestSetError(t *testing.T) {
	t.Parallel()
	s := StartT(t)
	c := dial(t, s)
	s.SetError("LOADING wait a moment")
	c.expect("GET k", "-LOADING wait a moment\r\n")
	s.SetError("")
	c.expect("GET k", "$-1\r\n")
}

// The statements of the package comment about RESP3 must stay true with newer versions of miniredis.
func TestRESP3(t *testing.T) {
	t.Parallel()
	c := dial(t, StartT(t))
	c.expect("HELLO 3", hello3)
	c.expect("GET none", "_\r\n")
	c.expect("HSET h f 1", ":1\r\n")
	c.expect("HGETALL h", "%1\r\n$1\r\nf\r\n$1\r\n1\r\n")
	c.expect("SADD s m", ":1\r\n")
	c.expect("SMEMBERS s", "~1\r\n$1\r\nm\r\n")
	c.expect("ZADD z 1.5 m", ":1\r\n")
	c.expect("ZSCORE z m", ",1.5\r\n")
	c.expect("ZRANGE z 0 -1 WITHSCORES", "*2\r\n$1\r\nm\r\n,1.5\r\n")
	c.expect("HRANDFIELD h 1 WITHVALUES", "%1\r\n$1\r\nf\r\n$1\r\n1\r\n")
	c.expect("SPOP s 1", "*1\r\n$1\r\nm\r\n")
	c.expect("XADD x 1-1 f v", "$3\r\n1-1\r\n")
	c.expect("XREAD STREAMS x 0",
		"*1\r\n*2\r\n$1\r\nx\r\n*1\r\n*2\r\n$3\r\n1-1\r\n*2\r\n$1\r\nf\r\n$1\r\nv\r\n")
	c.expect("BLPOP none 0.001", "*-1\r\n")
	c.expect("GEOPOS none m", "*1\r\n*-1\r\n")
	c.expect("SUBSCRIBE ch", ">3\r\n$9\r\nsubscribe\r\n$2\r\nch\r\n:1\r\n")
	c.expect("GET k", "-ERR Can't execute 'get'")
}

// The statements about missing commands must stay true as well.
func TestMissingCommands(t *testing.T) {
	t.Parallel()
	s := StartT(t)
	for _, command := range []string{
		"CLIENT SETINFO LIB-NAME x", "CLIENT TRACKING ON", "CLIENT ID", "CONFIG GET *", "ACL WHOAMI",
		"OBJECT ENCODING k",
		"RESET", "MONITOR", "DEBUG SLEEP 0", "LATENCY RESET", "SORT k", "LCS a b", "BITFIELD k GET u8 0",
		"ZDIFF 1 k",
		"ZRANGESTORE d k 0 -1", "SSUBSCRIBE c", "FUNCTION LIST",
	} {
		t.Run(command, func(t *testing.T) {
			t.Parallel()
			dial(t, s).expect(command, "-ERR unknown ")
		})
	}
	c := dial(t, s)
	c.expect("CLIENT SETNAME x", "+OK\r\n")
	c.expect("CLIENT GETNAME", "$1\r\nx\r\n")
}
