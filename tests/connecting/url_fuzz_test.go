package connecting_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/redpoll-go/redpoll"
)

// No URL makes the parser panic. No password appears in its errors or in the text of its result, and New
// accepts every result.
func FuzzParseURL(f *testing.F) {
	for _, seed := range []struct{ before, after string }{
		{"redis://user:", "@localhost:6379/0"},
		{"redis://:", "@localhost"},
		{"rediss://:", "@h/2?ssl_cert_reqs=none"},
		{"unix://:", "@/path/to/socket.sock?db=0"},
		{"redis://?password=", "&db=3"},
		{"redis://u:p/", "@h"},
		{"redis://u:p?x&", "=1@h"},
		{"redis://u:p?", "@h"},
		{"redis://u:p#", "@h"},
		{"redis://u:%", "@h"},
		{"redis://[::1]:", "@h"},
		{"redis://h:1/2?socket_timeout=1.5&timeout=2s&client_name=", ""},
		{"redis://h?decode_components=0&username=", "&max_conns=3"},
		{"redis://bob:42/", "@redis.example.com:6379?db=1"},
		{"redis://redis:6379:", ""},
		{"valkeys://[fe80::1%25wlanA]:6379/?password=", "&socket_timeout=none&max_retries=none"},
		{"redis+sentinel://:", "@a:1,b:2/mymaster"},
		{"redis://:", "%0A@h:/0"},
		{"redis://?encoding=utf-8&decode_responses=1&errors=ignore&charset=", ""},
		{"", ""},
	} {
		f.Add(seed.before, seed.after)
	}
	const secret = "S3cret-Passw0rd"
	f.Fuzz(func(t *testing.T, before, after string) {
		o, err := redpoll.ParseURL(before + secret + after)
		if err != nil {
			if strings.Contains(err.Error(), secret) {
				t.Errorf("the error says %v", err)
			}
			if !errors.As(err, new(*redpoll.OptionError)) {
				t.Errorf("%v is a %T", err, err)
			}
			return
		}
		// If the secret is not the password, for example the name of a host, it may be visible.
		if strings.Contains(o.Password, secret) {
			for _, text := range []string{
				fmt.Sprintf("%v", o), fmt.Sprintf("%+v", o), fmt.Sprintf("%#v", o),
			} {
				if strings.Contains(text, secret) && !strings.Contains(before+after, secret) {
					t.Errorf("the options print as %s", text)
				}
			}
		}
		rdb, err := redpoll.New(o)
		if err == nil {
			_ = rdb.Close()
			return
		}
		// Options can be valid one by one and exclude each other. The error names one of them.
		oe := new(redpoll.OptionError)
		if !errors.As(err, &oe) || oe.Option == "" || oe.Option == "Addr" ||
			strings.Contains(err.Error(), secret) {
			t.Errorf("New says %v", err)
		}
	})
}
