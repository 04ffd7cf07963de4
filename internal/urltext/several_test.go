package urltext

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

func TestParseSeveral(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		raw, hosts, service, one string
		options                  map[string]string
	}{
		{"redis+sentinel://h/m", "h", "m", "redis://localhost/", nil},
		{"redis+sentinel://u:p%40w@h1,h2:26380,[::1]:7/my%20master/3", "h1 h2:26380 [::1]:7", "my master",
			"redis://u:p%40w@localhost/3", nil},
		{"rediss-sentinel://h/m/0?read_from=replica&sentinel_username=su&sentinel_password=s%40p&client_name=n", "h",
			"m", "rediss://localhost/0?client_name=n",
			map[string]string{"read_from": "replica", "sentinel_username": "su", "sentinel_password": "s@p"}},
		{"VALKEYS+SENTINEL://h/m?min_other_sentinels=2&check_interval=5s", "h", "m", "valkeys://localhost/",
			map[string]string{"min_other_sentinels": "2", "check_interval": "5s"}},
		{"redis+replicas://:secret@h1:1,h2:2/1?read_from=nearest", "h1:1 h2:2", "", "redis://:secret@localhost/1",
			map[string]string{"read_from": "nearest"}},
		{"valkey+replicas://h1,h2?sentinel_password=x", "h1 h2", "", "valkey://localhost/?sentinel_password=x", nil},
	} {
		s, ok, err := ParseSeveral(tt.raw)
		if !ok || err != nil {
			t.Errorf("%s: %v and %v", tt.raw, ok, err)
			continue
		}
		if got := strings.Join(s.Hosts, " "); got != tt.hosts || s.Service != tt.service || s.One != tt.one ||
			!maps.Equal(s.Options, tt.options) {
			t.Errorf("%s: got %+v", tt.raw, *s)
		}
	}
}

func TestParseSeveralRefuses(t *testing.T) {
	t.Parallel()
	const secret = "hunter2"
	for raw, want := range map[string]string{
		"redis+sentinel://h":                                     "names no service",
		"redis+sentinel://h/":                                    "names no service",
		"redis+sentinel://h/%zz":                                 "%25",
		"redis+sentinel://h/m?a=%zz":                             "query",
		"redis+sentinel://u:" + secret + "/x@h/m":                "%2F",
		"redis+sentinel://u:" + secret + "?x@h/m":                "%3F",
		"redis+sentinel://h/m?sentinel_password=a@" + secret:     "%40",
		"redis+sentinel://:p@h/m@x/0":                            "%40",
		"redis+replicas://h1,h2/0#" + secret:                     "%23",
		"redis+sentinel://h/m\n":                                 "line end",
		"redis+sentinel://h/m?sentinel_password=" + secret + "#": "%23",
	} {
		s, ok, err := ParseSeveral(raw)
		if !ok || err == nil || s != nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %+v, %v and %v, want %q", raw, s, ok, err, want)
			continue
		}
		if strings.Contains(err.Error(), secret) {
			t.Errorf("%q: a secret in %v", raw, err)
		}
	}
	for _, raw := range []string{"", "redis://h", "redis+copies://h", "http+sentinel://h/m", "sentinel://h/m"} {
		if s, ok, err := ParseSeveral(raw); ok || err != nil || s != nil {
			t.Errorf("%q: got %+v, %v and %v", raw, s, ok, err)
		}
	}
}

// Whatever the text is, there is either a URL or an error.
func FuzzParseSeveral(f *testing.F) {
	f.Add("redis+sentinel://u:p@h1,h2/m/0?read_from=replica")
	f.Add("redis+replicas://h1,h2/0?check_interval=1s")
	f.Add("redis+sentinel://h/m?a=@")
	f.Fuzz(func(t *testing.T, raw string) {
		s, ok, err := ParseSeveral(raw)
		if (s != nil) != (ok && err == nil) || !ok && err != nil {
			t.Fatalf("got %+v, %v and %v", s, ok, err)
		}
		if s != nil && (len(s.Hosts) == 0 || !slices.Contains([]string{"sentinel", "replicas"}, s.Kind)) {
			t.Fatalf("got %+v", *s)
		}
	})
}
