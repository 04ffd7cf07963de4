package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// table is the whole command table.
type table struct {
	families []*family
	commands []*entry // all families' commands, sorted by name
	tokens   []*token
	options  []*optionType
}

// family is one file of the table.
type family struct {
	room      string // "hash" if the methods are in hash_gen.go, beside hash.go
	title     string // "Hashes"
	wrongType bool   // commands refuse a key with another kind of value, unless they are marked otherwise
	commands  []*entry
}

// entry is one server command.
type entry struct {
	name       string
	arity      int
	since      string
	valkey     bool   // unknown to Redis
	valkeyToo  string // the first Valkey release, such as "8.0.0", if it is not the same
	wrongType  bool   // refuses a key with another kind of value
	complexity string
	flags      []string // Go names of command.Flags
	retry      string   // Go name of command.Retry
	block      string
	policy     string
	merge      string
	copyRule   string
	instead    string
	keys       keys
	channel    int  // position of the channel that a message is published to
	held       bool // about its own connection, so it has methods of Conn
	methods    []*method
}

// keys mirrors command.Keys.
type keys struct {
	first, last, step, num int
	after                  []string
	take                   string // Go text of After.Take
	from                   int
	skip                   []option
	instead                bool
}

// option mirrors command.Option.
type option struct {
	word      string
	arguments int
}

// method is one Go method.
type method struct {
	name  string
	args  []arg
	opts  string // type of the trailing options, "" if there are none
	some  bool   // at least one option must be given
	reply string
	size  string // the argument whose length the groups of a reply have
	wire  []string
	since string
	retry string // "" if it is the command's
	once  []once // conditions under which a repeatable method must not run twice
	empty bool   // the result for an empty list is known without the server
	each  bool   // the reply has one element for each element of the only list that is sent

	wrongType bool // a key with another kind of value is refused
	doc       string
	parent    *entry
}

// once is a condition under which a call must not run twice.
type once struct {
	rule string // of onceRules
	args []string
}

// arg is one parameter of a method.
type arg struct {
	name     string
	kind     string
	param    string // the kind's parameter, as PX in seconds(PX)
	variadic bool
}

// flagWords and the other maps translate words of the table to Go names.
var (
	flagWords = map[string]string{
		"read": "Read", "write": "Write", "admin": "Admin", "pubsub": "PubSub", "fast": "Fast",
		"container": "Container", "script": "Script", "noreply": "NoReply", "urgent": "Urgent", "judged": "Judged",
		"cursor": "Cursor", "alike": "Alike",
	}
	blockWords = map[string]string{
		"last": "BlockLast", "first": "BlockFirst", "fifth": "BlockFifth", "lastmillis": "BlockLastMillis",
		"fifthmillis": "BlockFifthMillis", "timeout": "BlockTimeout", "token": "BlockToken",
	}
	policyWords = map[string]string{
		"shards": "ByShard", "allshards": "AllShards", "allnodes": "AllNodes", "walk": "Walk",
	}
	mergeWords = map[string]string{
		"same": "MergeSame", "sum": "MergeSum", "min": "MergeMin", "bykey": "MergeByKey",
		"join": "MergeJoin", "and": "MergeAnd", "one": "MergeOne",
		"union": "MergeUnion", "counts": "MergeCounts",
	}
	copyWords = map[string]string{
		"same": "CopySame", "expiry": "CopyExpiry", "clock": "CopyClock", "trim": "CopyTrim",
		"result": "CopyResult", "float": "CopyFloat", "state": "CopyState", "block": "CopyBlock",
		"script": "CopyScript",
	}
)

// readTable reads every family and the tokens.
func readTable(dir string) (*table, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.txt"))
	if err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, errors.New("no table in " + dir)
	}
	slices.Sort(files)
	t := &table{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		name := strings.TrimSuffix(filepath.Base(file), ".txt")
		if name == "tokens" {
			err = t.readTokens(string(text))
		} else {
			err = t.readFamily(name, string(text))
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
	}
	for _, f := range t.families {
		t.commands = append(t.commands, f.commands...)
	}
	slices.SortFunc(t.commands, func(a, b *entry) int { return strings.Compare(a.name, b.name) })
	for i := range t.commands[1:] {
		if t.commands[i].name == t.commands[i+1].name {
			return nil, fmt.Errorf("%s is in the table twice", t.commands[i].name)
		}
	}
	return t, t.check()
}

// readFamily reads the lines of one family. A line of a method begins with a tab, a line of its text with a
// tab and a bar.
func (t *table) readFamily(name, text string) error {
	f := &family{room: name}
	for n, line := range strings.Split(text, "\n") {
		var err error
		switch {
		case line == "" || strings.HasPrefix(line, "#"):
		case strings.HasPrefix(line, "family "):
			f.title, f.wrongType = strings.CutSuffix(strings.TrimPrefix(line, "family "), " wrongtype")
		case strings.HasPrefix(line, "room "):
			f.room = strings.TrimPrefix(line, "room ")
		case strings.HasPrefix(line, "\t| "):
			err = f.addDoc(strings.TrimPrefix(line, "\t| "))
		case strings.HasPrefix(line, "\t"):
			err = f.addMethod(strings.TrimPrefix(line, "\t"))
		default:
			err = f.addCommand(line)
		}
		if err != nil {
			return fmt.Errorf("line %d: %w", n+1, err)
		}
	}
	if f.title == "" {
		return errors.New("no family line")
	}
	t.families = append(t.families, f)
	return nil
}

var commandLine = regexp.MustCompile(`^([A-Z][A-Z0-9_. -]*?) (-?\d+) (\d+\.\d+\.\d+)( [^:]*?)?(?: : (.+))?$`)

var words = regexp.MustCompile(`\w+="[^"]*"|\S+`)

// addCommand reads a command's facts:
//
//	NAME ARITY SINCE flags and attributes : complexity
func (f *family) addCommand(line string) error {
	quoted := strings.ReplaceAll(line, `; `, "\x00")
	m := commandLine.FindStringSubmatch(quoted)
	if m == nil {
		return fmt.Errorf("not a command: %q", line)
	}
	arity, err := strconv.Atoi(m[2])
	if err != nil {
		return err
	}
	c := &entry{name: m[1], arity: arity, since: m[3], wrongType: f.wrongType}
	c.complexity = strings.ReplaceAll(m[5], "\x00", "; ")
	for _, w := range words.FindAllString(m[4], -1) {
		if err := c.attribute(strings.ReplaceAll(w, "\x00", "; ")); err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
	}
	if c.retry == "" {
		c.retry = "RetryNever"
		if slices.Contains(c.flags, "Read") {
			c.retry = "RetryRead"
		}
	}
	f.commands = append(f.commands, c)
	return nil
}

// attribute reads one word of a command line.
func (c *entry) attribute(w string) error {
	name, value, _ := strings.Cut(w, "=")
	translate := func(to *string, m map[string]string) error {
		if m[value] == "" {
			return fmt.Errorf("unknown %s", w)
		}
		*to = m[value]
		return nil
	}
	switch name {
	case "repeatable":
		c.retry = "RetryRepeatable"
	case "retry":
		return translate(&c.retry, retryWords)
	case "valkey":
		c.valkey, c.valkeyToo = value == "", value
	case "anytype", "wrongtype":
		c.wrongType = w == "wrongtype"
	case "held":
		c.held = true
		c.flags = append(c.flags, "Held")
		c.instead = strings.Trim(value, `"`)
	case "state":
		c.flags = append(c.flags, "State")
		c.instead = strings.Trim(value, `"`)
	case "block":
		c.flags = append(c.flags, "Blocking")
		return translate(&c.block, blockWords)
	case "busy":
		return translate(&c.block, blockWords)
	case "policy":
		return translate(&c.policy, policyWords)
	case "merge":
		return translate(&c.merge, mergeWords)
	case "copy":
		return translate(&c.copyRule, copyWords)
	case "keys", "num", "after", "skip", "instead":
		return c.keys.set(name, value)
	case "channel":
		var err error
		c.channel, err = strconv.Atoi(value)
		return err
	default:
		if flagWords[w] == "" {
			return fmt.Errorf("unknown word %q", w)
		}
		c.flags = append(c.flags, flagWords[w])
	}
	return nil
}

var retryWords = map[string]string{"read": "RetryRead", "repeatable": "RetryRepeatable", "never": "RetryNever"}

var keyRange = regexp.MustCompile(`^(\d+)(?:\.\.(-?\d+))?(?:/(\d+))?$`)

var keysAfter = regexp.MustCompile(`^([A-Z|]+)(?:@(\d+))?(?:/(\d+|half))?$`)

// set reads keys=FIRST..LAST/STEP, num=POSITION/STEP, after=WORD|WORD@FROM/TAKE,
// skip=WORD/ARGUMENTS,WORD/ARGUMENTS or instead.
func (k *keys) set(name, value string) (err error) {
	switch name {
	case "num":
		position, step, ok := strings.Cut(value, "/")
		if ok {
			if k.step, err = strconv.Atoi(step); err != nil {
				return err
			}
		}
		k.num, err = strconv.Atoi(position)
		return err
	case "after":
		m := keysAfter.FindStringSubmatch(value)
		if m == nil {
			return fmt.Errorf("after=%s is not WORD|WORD@FROM/TAKE", value)
		}
		k.after, k.take = strings.Split(m[1], "|"), m[3]
		if m[3] == "half" {
			k.take = "TakeHalf"
		}
		if m[2] != "" {
			k.from, err = strconv.Atoi(m[2])
		}
		return err
	case "skip":
		for o := range strings.SplitSeq(value, ",") {
			word, arguments, _ := strings.Cut(o, "/")
			n, err := strconv.Atoi(arguments)
			if err != nil {
				return fmt.Errorf("skip=%s: %w", value, err)
			}
			k.skip = append(k.skip, option{word, n})
		}
		return nil
	case "instead":
		k.instead = true
		return nil
	}
	m := keyRange.FindStringSubmatch(value)
	if m == nil {
		return fmt.Errorf("keys=%s is not FIRST..LAST/STEP", value)
	}
	k.first, _ = strconv.Atoi(m[1])
	k.last, k.step = k.first, 1
	if m[2] != "" {
		k.last, _ = strconv.Atoi(m[2])
	}
	if m[3] != "" {
		k.step, _ = strconv.Atoi(m[3])
	}
	return nil
}

var methodLine = regexp.MustCompile(`^([A-Z]\w*)\((.*?)\) (\w+)(?:\((\w+)\))?( = .*?)?` +
	`((?: (?:since=\S+|retry=\S+|once=\S+|empty|each|anytype|wrongtype))*)$`)

// addMethod reads a method of the last command:
//
//	Name(arg:kind, opts:Type...) reply = wire order words
//
// The words are since=..., retry=..., once=rule(arg,...), empty, each, anytype and wrongtype.
//
// opts:Type+... needs at least one option, and arg:one(Type) is exactly one. once names a condition of
// onceRules. anytype and wrongtype say whether a key with another kind of value is a WRONGTYPE error, if the
// command or its family says otherwise.
func (f *family) addMethod(line string) error {
	if len(f.commands) == 0 {
		return errors.New("a method before the first command")
	}
	// Kinds may have parameters, so the list ends at the last ") ".
	c := f.commands[len(f.commands)-1]
	m := methodLine.FindStringSubmatch(protect(line))
	if m == nil {
		return fmt.Errorf("not a method: %q", line)
	}
	r := &method{name: m[1], reply: m[3], size: m[4], wrongType: c.wrongType, parent: c}
	for _, a := range strings.Split(m[2], ", ") {
		if a == "" {
			continue
		}
		if err := r.addArg(unprotect(a)); err != nil {
			return err
		}
	}
	for _, w := range strings.Fields(m[6]) {
		name, value, _ := strings.Cut(w, "=")
		switch name {
		case "since":
			r.since = strings.ReplaceAll(value, "-", " ") // as in Valkey-9.0.0
		case "retry":
			r.retry = retryWords[value]
		case "once":
			o, err := parseOnce(unprotect(value))
			if err != nil {
				return fmt.Errorf("%s: %w", r.name, err)
			}
			r.once = append(r.once, o)
		case "empty":
			r.empty = true
		case "anytype", "wrongtype":
			r.wrongType = name == "wrongtype"
		case "each":
			r.each = true
		}
	}
	if m[5] != "" {
		r.wire = strings.Fields(strings.TrimPrefix(unprotect(m[5]), " = "))
	} else {
		for _, a := range r.args {
			r.wire = append(r.wire, a.name)
		}
		if r.opts != "" {
			r.wire = append(r.wire, "opts")
		}
	}
	c.methods = append(c.methods, r)
	return nil
}

// kindParam is a kind with its parameter, whose parentheses must not end the list of arguments.
var kindParam = regexp.MustCompile(`:(\w+)\((\w+)\)`)

func protect(line string) string { return kindParam.ReplaceAllString(line, ":$1<$2>") }

func unprotect(s string) string { return strings.NewReplacer("<", "(", ">", ")").Replace(s) }

func (m *method) addArg(text string) error {
	if opts, ok := strings.CutPrefix(text, "opts:"); ok {
		m.opts, m.some = strings.CutSuffix(strings.TrimSuffix(opts, "..."), "+")
		return nil
	}
	a, err := parseArg(text)
	if err != nil {
		return fmt.Errorf("%s: %w", m.name, err)
	}
	m.args = append(m.args, a)
	return nil
}

// parseArg reads NAME:KIND, NAME:KIND(PARAM) or NAME:KIND...
func parseArg(text string) (arg, error) {
	name, kind, ok := strings.Cut(text, ":")
	if !ok {
		return arg{}, fmt.Errorf("argument %q has no kind", text)
	}
	a := arg{name: name}
	kind, a.variadic = strings.CutSuffix(kind, "...")
	kind, a.param, _ = strings.Cut(strings.TrimSuffix(kind, ")"), "(")
	a.kind = kind
	return a, nil
}

func (f *family) addDoc(text string) error {
	if len(f.commands) == 0 || len(f.commands[len(f.commands)-1].methods) == 0 {
		return errors.New("text before the first method")
	}
	ms := f.commands[len(f.commands)-1].methods
	m := ms[len(ms)-1]
	m.doc = strings.TrimSpace(m.doc + " " + text)
	return nil
}

// check finds mistakes that a single line does not show.
func (t *table) check() error {
	seen := map[string]string{}
	for _, c := range t.commands {
		for _, m := range c.methods {
			switch {
			case m.doc == "":
				return fmt.Errorf("%s: %s has no text", c.name, m.name)
			case c.complexity == "":
				return fmt.Errorf("%s has a method but no complexity", c.name)
			case seen[m.name] != "":
				return fmt.Errorf("%s is a method of %s and of %s", m.name, seen[m.name], c.name)
			case m.opts != "" && t.option(m.opts) == nil:
				return fmt.Errorf("%s: unknown option type %s", m.name, m.opts)
			}
			seen[m.name] = c.name
			for _, a := range m.args {
				if a.kind != "one" {
					continue
				}
				o := t.option(a.param)
				if o == nil {
					return fmt.Errorf("%s: unknown option type %s", m.name, a.param)
				}
				if len(o.once) > 0 {
					return fmt.Errorf("%s: %s has words that only lists of options look at", m.name, a.param)
				}
			}
			if err := m.checkOnce(); err != nil {
				return fmt.Errorf("%s: %w", m.name, err)
			}
		}
	}
	return nil
}
