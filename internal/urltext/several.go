package urltext

import (
	"net/url"
	"slices"
	"strings"
)

// Several is a URL of several servers, such as redis+sentinel://user:password@h1,h2:26379/mymaster/0.
type Several struct {
	Kind    string            // the part of the scheme behind the plus: a key of kinds
	Hosts   []string          // as they are written
	Service string            // of sentinel: the first element of the path
	One     string            // the URL of one server that has everything else
	Options map[string]string // of the query, those that are about several servers
}

// kinds are the kinds of Several, and the options of their queries that One does not have.
var kinds = map[string][]string{
	"sentinel": {"sentinel_username", "sentinel_password", "min_other_sentinels", "read_from", "zone", "check_interval"},
	"replicas": {"read_from", "zone", "check_interval"},
	"cluster":  {"read_from", "zone", "check_interval"},
	"ring":     {"python"},
	"copy":     {"success"},
}

// ParseSeveral reads a URL of several servers. ok is false if the scheme is not one of them.
func ParseSeveral(raw string) (s *Several, ok bool, err error) {
	scheme, rest, _ := strings.Cut(raw, "://")
	base, kind, _ := strings.Cut(strings.ReplaceAll(strings.ToLower(scheme), "-", "+"), "+")
	own, ok := kinds[kind]
	if !ok || !slices.Contains([]string{"redis", "rediss", "valkey", "valkeys"}, base) {
		return nil, false, nil
	}
	s = &Several{Kind: kind, Options: map[string]string{}}
	body, query, _ := strings.Cut(rest, "?")
	authority, path, _ := strings.Cut(body, "/")
	user, hosts := "", authority
	if i := strings.LastIndexByte(authority, '@'); i >= 0 {
		user, hosts = authority[:i+1], authority[i+1:]
	}
	// The faults of one server, such as a / or ? in a password, with one host in place of the list.
	if _, err := split(base + "://" + user + "localhost" + rest[len(authority):]); err != nil {
		return nil, true, err
	}
	s.Hosts = strings.Split(hosts, ",")
	if strings.Count(user, "@") > 1 && strings.Contains(user, ",") {
		return nil, true, &Fault{"URL", "has credentials with several hosts: they come once, before the first " +
			"host; an @ or a comma in a password is written %40 or %2C"}
	}
	if kind == "sentinel" {
		service, db, _ := strings.Cut(path, "/")
		if s.Service, err = url.PathUnescape(service); err != nil {
			return nil, true, &Fault{"URL", "holds a % that begins no escape: write % as %25"}
		}
		if s.Service == "" {
			return nil, true, &Fault{"URL",
				"names no service: redis+sentinel://host:26379/name/db, with a name that the Sentinels know"}
		}
		if db == "" && strings.Trim(s.Service, "0123456789") == "" {
			return nil, true, &Fault{"URL", "names a database and no service: the path is /name/db; for a " +
				"service whose name is a number write the database, too"}
		}
		path = db
	}
	options, err := url.ParseQuery(query)
	if err != nil {
		return nil, true, &Fault{"URL",
			"the query is not well formed: options are name=value, joined by &, and % is written %25"}
	}
	for _, name := range own {
		if v := options.Get(name); v != "" {
			s.Options[name] = v
		}
		options.Del(name)
	}
	s.One = base + "://" + user + "localhost/" + path
	if len(options) > 0 {
		s.One += "?" + options.Encode()
	}
	return s, true, nil
}
