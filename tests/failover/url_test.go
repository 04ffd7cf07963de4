package failover_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// A URL gives the same clients as the options.
func TestURLsOfSeveral(t *testing.T) {
	t.Parallel()
	for url, want := range map[string]string{
		"redis+sentinel://u:hunter2@h1,h2:26380/my%20m/3?sentinel_password=s3cret&client_name=n": "" +
			"service=my m,role=primary,db=3,client_name=n",
		"rediss+sentinel://h/m?min_other_sentinels=1&check_interval=5s": "service=m,role=primary,db=0",
		"redis+replicas://:hunter2@h1,h2:7/1?read_from=nearest":         "service=h1:6379,h2:7,role=primary,db=1",
		"redis+replicas://h1?read_from=zone&zone=eu-1a":                 "service=h1:6379,role=primary,db=0",
		"redis+cluster://h1:7,h2?read_from=replica":                     "service=h1:7,h2:6379,role=primary,db=0",
	} {
		rdb, err := redpoll.Open(url)
		if err != nil {
			t.Errorf("%s: %v", url, err)
			continue
		}
		if got := rdb.String(); got != "redpoll.Client<redpoll.Pool<"+want+">>" {
			t.Errorf("%s: shown as %s", url, got)
		}
		ok(t, rdb.Close())
	}
}

// The faults of such URLs are named, and no secret is.
func TestFaultsInURLsOfSeveral(t *testing.T) {
	t.Parallel()
	const secret = "hunter2"
	for url, want := range map[string]string{
		"redis+sentinel://:hunter2@h":                                 "URL",
		"redis+sentinel://:hunter2@h,/m":                              "Addrs",
		"redis+sentinel://:hunter2@h:x/m":                             "Addrs",
		"redis+sentinel://:hunter2@h/m/x":                             "URL",
		"redis+sentinel://:hunter2/@h/m":                              "URL",
		"redis+sentinel://:hunter2@h/m?read_from=hunter2":             "read_from",
		"redis+sentinel://:hunter2@h/m?check_interval=hunter2":        "check_interval",
		"redis+sentinel://:hunter2@h/m?check_interval=-1s":            "check_interval",
		"redis+sentinel://:hunter2@h/m?min_other_sentinels=hunter2":   "min_other_sentinels",
		"redis+sentinel://:hunter2@h/m?min_other_sentinels=-1":        "min_other_sentinels",
		"redis+sentinel://:hunter2@h/m?nonsense=hunter2":              "URL",
		"redis+replicas://:hunter2@h1,h2/0?sentinel_password=hunter2": "URL",
		"redis+replicas://:hunter2@h1,h2/0?zone=hunter2":              "Zone",
		"redis+cluster://:hunter2@h1,h2/0?read_from=zone":             "Zone",
		"redis+replicas://:hunter2@h1,h2/m":                           "URL",
		"redis+sentinel://:hunter2@h/0":                               "URL",
		"redis+cluster://u:hunter2@h1,u:hunter2@h2":                   "URL",
	} {
		rdb, err := redpoll.Open(url)
		var oe *redpoll.OptionError
		if !errors.As(err, &oe) || oe.Option != want || rdb != nil {
			t.Errorf("%s: got %v, want a fault of %s", url, err, want)
			continue
		}
		if strings.Contains(err.Error(), secret) {
			t.Errorf("%s: a secret in %v", url, err)
		}
	}
}

// Clients from URLs work, and Close ends all of them.
func TestURLsOfRealServers(t *testing.T) {
	t.Parallel()
	sen := redpolltest.StartSentinel(t, redpolltest.SentinelOptions{Replicas: 1, Password: "s3cret",
		Server: redpolltest.ServerOptions{Password: "hunter2"}})
	servers := strings.Join([]string{sen.Servers()[1].Addr(), sen.Servers()[0].Addr()}, ",")
	for _, url := range []string{
		"redis+sentinel://:hunter2@" + strings.Join(sen.Addrs(), ",") + "/" + sen.Name() +
			"/2?sentinel_password=s3cret&read_from=prefer_replica",
		"redis+replicas://:hunter2@" + servers + "/2?read_from=prefer_replica",
	} {
		rdb, err := redpoll.Open(url)
		ok(t, err)
		ok(t, rdb.Set(ctx, "k", url))
		redpolltest.Await(t, "the write is everywhere", func() bool {
			v, _ := rdb.Get(ctx, "k")
			return v == url
		})
		if n := len(rdb.Nodes()); n != 2 {
			t.Errorf("%d nodes", n)
		}
		ok(t, rdb.Close())
	}
}
