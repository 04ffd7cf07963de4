package remedy

import "testing"

func TestFor(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		reply Reply
		want  string
	}{
		{"a code with a remedy", Reply{Code: "WRONGPASS", Message: "invalid username-password pair"},
			wrongPassword},
		{"a code without one", Reply{Code: "WRONGTYPE", Message: "syntax error"}, ""},
		{"a text", Reply{Code: "ERR", Message: "DB index is out of range"},
			"see Options.DB, and the server's setting databases"},
		{"a text without a code", Reply{Message: "max number of clients reached"},
			"close connections, or raise the server's maxclients"},
		{"a server without a cluster", Reply{Code: "ERR", Message: "This instance has cluster support disabled"},
			"the server is not a node of a cluster: New and Open make clients for it"},
		{"a text that says it all", Reply{Code: "ERR", Message: "no such key"}, ""},
		{"a newer command", Reply{Code: "ERR", Message: "unknown command 'GETEX'", Command: "GETEX",
			Product: "redis", Version: "6.0.9"}, "needs server 6.2; this one is 6.0.9"},
		{"a newer command, of a server that is not known",
			Reply{Code: "ERR", Message: "unknown command 'GETEX'", Command: "GETEX"},
			"needs server 6.2"},
		{"a command that should be there", Reply{Code: "ERR", Message: "unknown command 'GETEX'",
			Command: "GETEX", Product: "redis", Version: "7.0.15"}, "is it renamed or switched off there?"},
		{"a command of a module", Reply{Code: "ERR", Message: "unknown command 'JSON.GET'",
			Command: "JSON.GET", Product: "redis", Version: "99.0.0"},
			"it belongs to a module: is that loaded there?"},
		{"a command of the caller's", Reply{Code: "ERR", Message: "unknown command 'NOSUCH'",
			Command: "NOSUCH", Product: "redis", Version: "7.0.15"}, ""},
		{"a newer option is not told from a bad one", Reply{Code: "ERR", Message: "syntax error",
			Command: "SET", Product: "redis", Version: "7.0.15"}, ""},
	} {
		if got := For(c.reply); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}
