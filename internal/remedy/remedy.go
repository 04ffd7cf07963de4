// Package remedy knows what to do about the error replies of servers.
package remedy

import (
	"strings"

	"github.com/redpoll-go/redpoll/internal/command"
)

// Reply is an error reply, with what is known of its command and its server.
type Reply struct {
	Code             string // the first word if it is a code, such as "NOPERM"; "" if not
	Message          string // the rest
	Command          string // the name of the command; "" if it is not known
	Product, Version string // of the server, such as "valkey" and "9.0.1"; "" if they are not known
}

// remedies say what to do about error replies, by code. A code is missing if the reply tells the remedy
// itself, or if there is none.
var remedies = map[string]string{
	"NOAUTH":    "the server asks for a password: Options.Password, or redis://:password@host in a URL",
	"WRONGPASS": wrongPassword,
	"NOPERM": "the server's ACL decides: ACL SETUSER grants it to the user, and ACL LOG tells what " +
		"was denied",
	"LOADING":     "the server still reads its data: Options.RetryFor is how long calls wait for it",
	"MASTERDOWN":  "a replica that has lost its primary answers only with replica-serve-stale-data yes",
	"READONLY":    "the address leads to a replica: give that of the primary",
	"NOSCRIPT":    "Client.RegisterScript makes scripts that are loaded where they are missing",
	"BUSY":        "ScriptKill or FunctionKill ends what runs, unless it has written",
	"OOM":         "raise the server's maxmemory, choose a maxmemory-policy that evicts, or delete keys",
	"MOVED":       oneServer,
	"ASK":         oneServer,
	"TRYAGAIN":    clusterBusy,
	"CLUSTERDOWN": clusterBusy,
	"CROSSSLOT":   oneSlot,
}

const (
	oneServer   = "the server is a node of a cluster: NewCluster makes clients for clusters"
	clusterBusy = "the cluster cannot serve these keys now: Options.RetryFor is how long calls wait for it"
	oneSlot     = "the server is a node of a cluster, where the keys of one command share a slot: " +
		"give them the same {tag}"
	wrongPassword = "see Options.Username and Password, or what Options.Credentials gave"
)

// For says what to do about an error reply; "" if this is not known.
func For(r Reply) string {
	switch text, ok := remedies[r.Code]; {
	case ok:
		return text
	case r.Code != "" && r.Code != "ERR":
		return ""
	}
	switch m := strings.ToLower(r.Message); {
	case strings.HasPrefix(m, "unknown command"), strings.HasPrefix(m, "unknown subcommand"):
		return r.newer()
	case m == "syntax error", strings.HasPrefix(m, "wrong number of arguments"):
		return r.tooNew()
	case strings.Contains(m, "invalid bulk length"):
		return "an argument is longer than the server's proto-max-bulk-len: send less at once, or raise it " +
			"there"
	case strings.Contains(m, "max number of clients reached"):
		return "close connections, or raise the server's maxclients"
	case strings.Contains(m, "no password is set"), strings.Contains(m, "without any password configured"):
		return "leave out Options.Password, or give the user's name too, Options.Username"
	case strings.HasPrefix(m, "invalid password"):
		return wrongPassword
	case m == "db index is out of range", strings.HasPrefix(m, "select is not allowed"):
		return "see Options.DB, and the server's setting databases"
	case strings.Contains(m, "cluster support disabled"):
		return "the server is not a node of a cluster: New and Open make clients for it"
	case m == "function not found":
		return "Client.RegisterFunctions makes libraries that are loaded where they are missing"
	}
	return ""
}

// tooNew is newer for a command that the server takes for another one; "" unless the server is known to be
// older than the command.
func (r Reply) tooNew() string {
	info, here := command.Lookup(r.Command), command.ParseRelease(r.Version)
	if info == nil || here == 0 || info.In(here, r.Product == "valkey") {
		return ""
	}
	return r.newer()
}

// newer names the server versions that have an unknown command.
func (r Reply) newer() string {
	info := command.Lookup(r.Command)
	if info == nil {
		return ""
	}
	module := strings.Contains(info.Name, ".")
	here := command.ParseRelease(r.Version)
	valkey := r.Product == "valkey"
	if here != 0 && info.In(here, valkey) {
		if module {
			return "it belongs to a module: is that loaded there?"
		}
		return "is it renamed or switched off there?"
	}
	var needs []string
	if info.Since != 0 {
		needs = append(needs, "server "+info.Since.String())
	}
	if info.Valkey != 0 {
		needs = append(needs, "Valkey "+info.Valkey.String())
	}
	if module {
		needs = append(needs, "the module that has it")
	}
	text := ""
	if len(needs) > 0 {
		text = "needs " + strings.Join(needs, " or ")
	}
	if here == 0 || text == "" {
		return text
	}
	return text + "; this one is " + productName(valkey) + r.Version
}

func productName(valkey bool) string {
	if valkey {
		return "Valkey "
	}
	return ""
}
