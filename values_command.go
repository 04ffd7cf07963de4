package redpoll

// CommandInfo are the facts about a command.
type CommandInfo struct {
	// Name is in lower case, that of a subcommand "config|get".
	Name string
	// Arity is the number of words including the command's own; negative, it is a minimum.
	Arity int64
	// Flags are words such as "readonly", "write" and "admin".
	Flags []string
	// FirstKey, LastKey and Step say where the keys stand: positions after the command word, LastKey
	// negative from the end. FirstKey is 0 when there is none at a fixed place.
	FirstKey, LastKey, Step int64
	// Categories are those of the ACL, with their @. They need server 6.0, all below needs 7.0.
	Categories []string
	// Tips are hints for clients, such as "request_policy:all_shards".
	Tips []string
	// Keys says precisely where the keys stand.
	Keys []KeySpec
	// Subcommands are the facts about these.
	Subcommands []CommandInfo
	// Extra is what newer servers append.
	Extra []Value
}

// KeySpec says where keys of a command stand, and what it does with them.
type KeySpec struct {
	Notes string
	// Flags are words such as "RO", "RW", "access" and "insert".
	Flags []string
	// Begin is how the first key is found: "index" at Index, "keyword" behind the word Keyword,
	// which is looked for from StartFrom on, or "unknown".
	Begin            string
	Index, StartFrom int64
	Keyword          string
	// Find is how the others are found from there: "range" up to LastKey in steps of KeyStep,
	// where Limit n takes the nth part only; "keynum", the number of keys standing at KeyNumIndex and the first key at
	// FirstKey, both counted from there; or "unknown".
	Find                  string
	LastKey, KeyStep      int64
	Limit                 int64
	KeyNumIndex, FirstKey int64
	// Extra has the fields that newer servers add.
	Extra map[string]Value
}

// KeyFlags is a key among the arguments of a command, and what that does with it.
type KeyFlags struct {
	Key string
	// Flags are words such as "RO", "RW", "access" and "insert".
	Flags []string
}

// CommandDoc is the server's documentation of a command.
type CommandDoc struct {
	Summary string
	// Since is the first version with the command, Group its family.
	Since, Group string
	// Complexity is the time it takes.
	Complexity string
	// Module is the module that has it, "" for the server itself.
	Module string
	// Flags are "deprecated" and "syscmd".
	Flags []string
	// DeprecatedSince and ReplacedBy belong to deprecated commands.
	DeprecatedSince, ReplacedBy string
	// History is what changed in later versions.
	History []CommandChange
	// Arguments are the arguments in order.
	Arguments []CommandArgument
	// Subcommands are the documentation of these, by name: "config|get".
	Subcommands map[string]CommandDoc
	// Extra has the fields that newer servers add.
	Extra map[string]Value
}

// CommandChange is a change of a command in a later version.
type CommandChange struct {
	Version, Change string
}

// CommandArgument is an argument in the documentation of a command.
type CommandArgument struct {
	Name, DisplayText string
	// Type is "string", "integer", "double", "key", "pattern", "unix-time", "pure-token", "oneof" or
	// "block".
	Type string
	// Token is the word in front of it, "" if there is none.
	Token string
	// KeySpec is the position in CommandInfo.Keys of what describes a key.
	KeySpec                         Null[int64]
	Summary, Since, DeprecatedSince string
	// Flags are "optional", "multiple" and "multiple_token".
	Flags []string
	// Arguments are the parts of a oneof or a block.
	Arguments []CommandArgument
	// Extra has the fields that newer servers add.
	Extra map[string]Value
}
