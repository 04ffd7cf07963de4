package redpoll

import (
	"net"
	"strconv"
	"time"
)

// Address is where a server listens.
type Address struct {
	// Host is an IP address, or a name.
	Host string
	Port int64
}

// String gives the address as "host:port".
func (a Address) String() string { return net.JoinHostPort(a.Host, strconv.FormatInt(a.Port, 10)) }

// ClientInfo is what the server knows of one of its connections, which it calls clients. Fields that the server does not
// tell are zero.
type ClientInfo struct {
	// ID is the number that no other connection of this server ever has.
	ID int64
	// Addr and LAddr are the remote and the server's end of the connection, as "ip:port". Through a Unix socket both are its
	// path with ":0", which Valkey 9.1 puts in brackets: "[/path:0]:0". They are as the server writes them, since
	// [Client.ClientKill], [ClientAddr] and [ClientLAddr] compare them as text.
	Addr, LAddr string
	// FD is the server's file descriptor.
	FD int64
	// Name is the connection's name, empty if it has none.
	Name string
	// Age is how long the connection exists, in whole seconds.
	Age time.Duration
	// Idle is the time since the last command, in whole seconds.
	Idle time.Duration
	// Flags are letters, "N" for none: "b" waits in a blocking command, "P" subscribes, "S" is a replica, "M" a master, "x"
	// is in a transaction, "t" tracks keys. The documentation of CLIENT LIST has all of them.
	Flags string
	// DB is the number of the database in use.
	DB int64
	// Sub, PSub and SSub are the numbers of subscribed channels, patterns and shard channels.
	Sub, PSub, SSub int64
	// Multi is the number of queued commands of a transaction, -1 outside of one.
	Multi int64
	// Watch is the number of watched keys.
	Watch int64
	// QueryBuffer and QueryBufferFree are the used and the free bytes of the buffer for commands.
	QueryBuffer, QueryBufferFree int64
	// ArgvMem and MultiMem are the bytes that the next command, and queued ones, take.
	ArgvMem, MultiMem int64
	// ReplyBuffer is the size of the buffer for replies, ReplyBufferPeak how much of it was used lately, in bytes.
	ReplyBuffer, ReplyBufferPeak int64
	// OutputBuffer is what the buffer for replies holds, in bytes.
	OutputBuffer int64
	// OutputList is the number of replies that did not fit into it, and OutputMem the bytes they take.
	OutputList, OutputMem int64
	// TotalMem is all memory of the connection in bytes.
	TotalMem int64
	// Events are "r" and "w" when the server waits for the socket to be readable and writable.
	Events string
	// Cmd is the last command, "client|list", or "NULL".
	Cmd string
	// User is the ACL user that the connection is logged in as.
	User string
	// Redir is the ID of the connection that gets the invalidation messages, -1 for none.
	Redir int64
	// Resp is the version of the protocol.
	Resp int64
	// LibName and LibVer are what the client's library said of itself.
	LibName, LibVer string
	// Capa are letters for what the client said it can do, "r" for following redirections; Valkey only.
	Capa string
	// IOThread is the thread that serves the connection.
	IOThread int64
	// TotalNetIn and TotalNetOut are the bytes received and sent, TotalCommands the commands run.
	TotalNetIn, TotalNetOut, TotalCommands int64
	// Extra are the fields that redpoll does not know, nil if there are none.
	Extra map[string]Value
}

// ClientKind is a kind of connection.
type ClientKind uint8

// The kinds of connections.
const (
	// NormalClient is an ordinary client, or one that runs MONITOR.
	NormalClient ClientKind = iota
	// MasterClient is the link to the master of this replica.
	MasterClient
	// ReplicaClient is a replica of this server.
	ReplicaClient
	// PubSubClient has subscribed to something.
	PubSubClient
)

var clientKindWords = [...]string{NormalClient: "normal", MasterClient: "master", ReplicaClient: "replica", PubSubClient: "pubsub"}

// TrackingInfo says what the server tracks for the client-side cache of a connection.
type TrackingInfo struct {
	// Flags are "on" or "off", and with "on" the mode: "bcast", "optin", "optout", "noloop", ...
	Flags []string
	// Redirect is the number of the connection that gets the messages: 0 this one, -1 none.
	Redirect int64
	// Prefixes are those of keys that are tracked in the mode bcast.
	Prefixes []string
	// Extra are the fields that redpoll does not know, nil if there are none.
	Extra map[string]Value
}

// ACLPermissions say what a user, or a selector, may do. They apply in the order of the fields.
type ACLPermissions struct {
	// Categories of commands, each with + to allow or - to forbid it: "+read", "-@dangerous".
	Categories []string
	// Commands, each with + to allow or - to forbid it: "+get", "-config|set".
	Commands []string
	// Keys are glob-style patterns of keys that may be used: "user:*". "%R~user:*" only to read, "%W~user:*" only to
	// write; both need server 7.0.
	Keys []string
	// Channels are glob-style patterns of channels that may be used: "news.*". They need server 6.2.
	Channels []string
	// Databases are the numbers of the databases that may be used, in place of those that might be before. A new user, or
	// selector, may use all. They need Valkey 9.1.
	Databases []int64
}

// ACLRules are rules for [Client.ACLSetUserRules]. They are sent in the order of the fields. The zero value disables a user
// and changes nothing else.
type ACLRules struct {
	// Reset takes everything away that the user has: passwords, permissions, selectors.
	Reset bool
	// ResetKeys and ResetChannels take the permissions for keys and channels away.
	ResetKeys, ResetChannels bool
	// ResetPasswords takes all passwords away, and NoPass as well.
	ResetPasswords bool
	// Enabled lets the user log in; without it the user cannot any more. Connections that are logged in stay so.
	Enabled bool
	// Passwords, each with + to add or - to remove it: "+secret".
	Passwords []string
	// HashedPasswords are SHA-256 sums in lower-case hexadecimal, each with + to add or - to remove it.
	HashedPasswords []string
	// NoPass lets the user log in with any password. With passwords beside it is a DataError.
	NoPass bool
	// ACLPermissions are the user's own.
	ACLPermissions
	// Selectors are further sets of permissions; a command is allowed if any set allows all of it. They need server 7.0.
	Selectors []ACLPermissions
}

// ACLUser is what a user may do.
type ACLUser struct {
	// Flags are "on" or "off", "nopass", and others.
	Flags []string
	// Enabled is true if the flags have "on".
	Enabled bool
	// Passwords are SHA-256 sums in hexadecimal.
	Passwords []string
	// ACLSelector is what the user's own rules say.
	ACLSelector
	// Selectors are the further sets of permissions.
	Selectors []ACLSelector
	// Extra are the fields that redpoll does not know, nil if there are none.
	Extra map[string]Value
}

// ACLRole is what users with a role may do.
type ACLRole struct {
	// ACLSelector is what the role's own rules say.
	ACLSelector
	// Selectors are the further sets of permissions.
	Selectors []ACLSelector
	// Users are the users that have the role.
	Users []string
	// Extra are the fields that redpoll does not know, nil if there are none.
	Extra map[string]Value
}

// ACLSelector is a set of permissions as the server tells it.
type ACLSelector struct {
	// Rules are all rules about commands, in their order: "-@all", "+get".
	Rules []string
	// Categories are those among Rules that are about categories, Commands the others. Between the two the order is lost,
	// which may matter.
	Categories, Commands []string
	// Keys are patterns of keys with the sign of the permission: "~user:*", "%R~log:*".
	Keys []string
	// Channels are patterns of channels with their sign: "&news.*".
	Channels []string
	// AllDatabases is true when every database may be used. Servers that have no rules about databases, Redis and Valkey
	// before 9.1, let everybody use all.
	AllDatabases bool
	// Databases are the numbers of the databases that may be used, when that is not all.
	Databases []int64
	// Extra are the fields that redpoll does not know, nil if there are none; always nil in an ACLUser or an ACLRole, which have their own.
	Extra map[string]Value
}

// ACLLogEntry is one kind of refused command or login.
type ACLLogEntry struct {
	// Count is how often it happened within a minute.
	Count int64
	// Reason is what was refused: "auth", "command", "key", "channel" or, by Valkey 9.1, "database".
	Reason string
	// Context is where: "toplevel", "multi", "lua" or "module".
	Context string
	// Object is what the user had no permission for: the command, key, channel or database. Keys and channels are as the server
	// has them, whatever Options.Text is.
	Object string
	// Username is the user that was refused, or that someone tried to log in as.
	Username string
	// Age is the time since the last refusal.
	Age time.Duration
	// Client is the connection.
	Client ClientInfo
	// EntryID is the number of the entry; needs server 7.2.
	EntryID int64
	// Created and Updated are when it happened for the first and for the last time; they need server 7.2.
	Created, Updated time.Time
	// Extra are the fields that redpoll does not know, nil if there are none.
	Extra map[string]Value
}
