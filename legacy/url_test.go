package legacy_test

import (
	"errors"
	"testing"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/legacy"
)

// Covers: F389
func TestParseURLTakesAnySchemeForTCP(t *testing.T) {
	t.Parallel()
	for url, want := range map[string]string{
		"tcp://:secret@h:6380/2":      "redpoll.Options<host=h,port=6380,db=2>",
		"My-Scheme+1.0://h":           "redpoll.Options<host=h,port=6379,db=0>",
		"redis://h:6380/2":            "redpoll.Options<host=h,port=6380,db=2>",
		"unix:///run/redis.sock?db=3": "redpoll.Options<path=/run/redis.sock,db=3>",
	} {
		o, err := legacy.ParseURL(url)
		if err != nil || o.String() != want || o.TLS != nil {
			t.Errorf("%s gives %v, %v", url, o, err)
		}
	}
	if o, _ := legacy.ParseURL("tcp://:secret@h:6380/2"); o.Password != "secret" {
		t.Errorf("the password is %q", o.Password)
	}
	for _, url := range []string{"h:6379", "", "://h", "h/?x=redis://", "1tcp://h", "redis+unheard-of://h",
		"valkey+sentinel://h", "tcp://h/x"} {
		var oe *redpoll.OptionError
		if o, err := legacy.ParseURL(url); !errors.As(err, &oe) {
			t.Errorf("%s gives %v, %v", url, o, err)
		}
	}
}

// Covers: F388
func TestParseURLChecksCertificatesUnlessTold(t *testing.T) {
	t.Parallel()
	for url, want := range map[string]bool{
		"rediss://h":                        false,
		"REDISS://h?ssl_cert_reqs=required": false,
		"rediss://h?ssl_cert_reqs=none":     true,
		"valkeys://h":                       false,
	} {
		o, err := legacy.ParseURL(url)
		if err != nil || o.TLS == nil || o.TLS.InsecureSkipVerify != want {
			t.Errorf("%s gives %v, %v", url, o.TLS, err)
		}
	}
}
