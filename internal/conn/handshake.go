package conn

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/redpoll-go/redpoll/resp"
)

// ServerInfo is what the handshake learns about the other side.
type ServerInfo struct {
	Proto   int    // 2 or 3
	Version string // as HELLO tells it; "" on RESP2
	ID      int64  // CLIENT ID as HELLO tells it; 0 on RESP2
}

// EchoedArgs is how servers go on when they refuse an unknown command. What follows are its arguments, which
// belong into no error and no log: passwords are among them.
const EchoedArgs = ", with args beginning with:"

// answer is one reply of the handshake.
type answer struct {
	refusal string // the text of an error reply
	frame   []byte // any other reply
}

func (a answer) refusedWith(codes ...string) bool {
	code, _ := resp.SplitError(a.refusal)
	for _, c := range codes {
		if code == c {
			return true
		}
	}
	return false
}

// step is one command of the handshake. Several steps go out in one write, and their replies are judged in their
// order.
type step struct {
	name  string // as errors tell it
	args  []string
	judge func(answer) error // takes the reply; nil if an error reply ends the handshake
}

// greeting is how a handshake begins.
type greeting uint8

const (
	greetAtOnce greeting = iota // HELLO is offered, and all that comes behind it goes out with it
	greetRESP3                  // HELLO is offered
	greetRESP2                  // HELLO is left out
	greetBlind                  // HELLO is left out since it was hung up on: only an answer proves that there is a server
)

// greeted is what the server made of the greeting.
type greeted struct {
	resp3   bool // HELLO was taken: the protocol and the name are set
	refused bool // HELLO was answered by an error
	known   bool // the server knows who we are, or there is nothing to say
	secret  bool // there is something to say
	placed  bool // the database and the modes are set
	told    bool // the library's name and version have been told
}

// handshake makes the connection ready: protocol, authentication, name, database.
func (c *Conn) handshake(ctx context.Context, how greeting) error {
	user, password, err := c.credentials(ctx)
	if err != nil {
		return &DialError{Phase: PhaseHandshake, Step: "credentials", Err: err}
	}
	err = c.negotiate(how, user, password)
	hint(err, user, password)
	return err
}

// negotiate is handshake with a user and a password, which may be empty.
func (c *Conn) negotiate(how greeting, user, password string) error {
	met := greeted{secret: user != "" || password != ""}
	met.known = !met.secret
	if how == greetAtOnce || how == greetRESP3 {
		if err := c.greet(user, password, &met, how == greetAtOnce); err != nil {
			return met.cut(err)
		}
	}
	// A server that refuses HELLO may hang up behind its answer, and one on TLS 1.3 says with its first
	// answer only that it wants a client certificate. One that hung up on HELLO may hang up on everything by now. If
	// nothing else is asked, a caller's command would find out.
	last := met.known && (met.resp3 || c.cfg.ClientName == "") && c.cfg.DB == 0 && len(c.cfg.modes()) == 0
	proof := how == greetBlind || last && (met.refused || how == greetRESP2 && (c.cfg.TLS != nil || !c.cfg.RESP2))
	return met.cut(c.arrange(user, password, met, proof))
}

// cut makes the end of a connection behind a refused HELLO known as that.
func (met *greeted) cut(err error) error {
	if met.refused && isCut(err) {
		err = fmt.Errorf("%w: %w", errHelloRefused, err)
	}
	return err
}

// greet offers RESP3, authenticates and sets the name in one write, and with whole also all the rest. What a server has not
// taken then, since it has refused HELLO, is left to arrange.
//
// Without a user's name the password goes into an AUTH of its own: HELLO wants a name, and a server without a
// password takes any password for the user "default", so that nobody would notice that it protects nothing.
func (c *Conn) greet(user, password string, met *greeted, whole bool) error {
	var steps, rest []step
	if whole {
		rest = c.rest(met)
	}
	var login []string
	switch {
	case user != "":
		login = []string{"AUTH", user, password}
	case password != "":
		steps = append(steps, step{"AUTH", []string{"AUTH", password}, func(a answer) error {
			if met.known = a.refusal == ""; met.known || unknownCommand(a.refusal) {
				return nil
			}
			return &DialError{Phase: PhaseHandshake, Step: "AUTH", Reply: a.refusal}
		}})
	}
	err := c.run(append(append(steps, c.hello(login, met)), rest...)...)
	if err == nil && !met.known && user == "" {
		// AUTH has been renamed away. HELLO may still take the password.
		err = c.run(c.hello([]string{"AUTH", "default", password}, met))
	}
	c.noteIntroduced(met.told, err)
	if isCut(err) && !met.resp3 && !met.refused {
		return &DialError{Phase: PhaseHandshake, Step: "HELLO", Err: fmt.Errorf("%w: %w", errHelloCut, err)}
	}
	return err
}

// rest gives the steps behind HELLO. Their replies count only if the server has taken HELLO, and knows who we are. The introduction
// is among them where an earlier connection has found a server that knows it.
func (c *Conn) rest(met *greeted) []step {
	steps := c.places()
	for i := range steps {
		name := steps[i].name
		steps[i].judge = func(a answer) error {
			met.placed = met.resp3 && met.known
			if a.refusal != "" && met.placed {
				return &DialError{Phase: PhaseHandshake, Step: name, Reply: a.refusal}
			}
			return nil
		}
	}
	if c.cfg.ClientInfo && c.cfg.learnt().introduce.Load() && !c.cfg.learnt().setInfo.holds() {
		steps = append(steps, introduction(func(answer) error {
			met.told = met.resp3 && met.known
			return nil
		})...)
	}
	return steps
}

// places are the steps that set the database and the modes.
func (c *Conn) places() []step {
	var steps []step
	if c.cfg.DB != 0 {
		steps = append(steps, step{name: "SELECT", args: []string{"SELECT", strconv.Itoa(c.cfg.DB)}})
	}
	for _, mode := range c.cfg.modes() {
		steps = append(steps, step{name: strings.TrimSuffix(strings.Join(mode, " "), " ON"), args: mode})
	}
	return steps
}

// hello is HELLO with the words of a login, if there are any.
func (c *Conn) hello(login []string, met *greeted) step {
	args := append([]string{"HELLO", "3"}, login...)
	if c.cfg.ClientName != "" {
		args = append(args, "SETNAME", c.cfg.ClientName)
	}
	return step{"HELLO", args, func(a answer) error {
		switch {
		case a.refusal == "":
			met.resp3, met.refused, met.known = true, false, met.known || login != nil
			return c.note(a.frame)
		case a.refusedWith("NOAUTH") && met.secret:
			// Proxies, and servers without HELLO, say so to everything but AUTH.
		case a.refusedWith("NOAUTH", "WRONGPASS", "LOADING", "MASTERDOWN", "DENIED", "BUSY") || tooManyClients(a.refusal):
			return &DialError{Phase: PhaseHandshake, Step: "HELLO", Reply: a.refusal}
		}
		met.refused = true
		return nil
	}}
}

// arrange does what the greeting has not done. proof says that at least one command has to be answered.
func (c *Conn) arrange(user, password string, met greeted, proof bool) error {
	if !met.known {
		if err := c.auth(user, password); err != nil {
			return err
		}
	}
	if !met.resp3 && c.cfg.ClientName != "" {
		if err := c.must("CLIENT SETNAME", "CLIENT", "SETNAME", c.cfg.ClientName); err != nil {
			return err
		}
	}
	if proof {
		if _, err := c.ask("PING"); err != nil { // any answer will do
			return &DialError{Phase: PhaseHandshake, Step: "PING", Err: err}
		}
	}
	if steps := c.places(); !met.placed && len(steps) > 0 {
		if err := c.run(steps...); err != nil {
			return err
		}
	}
	if !met.told {
		if err := c.introduce(); err != nil {
			return err
		}
	}
	if c.rd.Buffered() > 0 && !c.pushAhead() {
		// It would be taken for the reply to the first command.
		return &DialError{Phase: PhaseHandshake, Err: &DesyncError{Reason: "the server sent a reply that nobody asked for"}}
	}
	return nil
}

// credentials asks the user's function, which may ignore its context: then it is left behind.
func (c *Conn) credentials(ctx context.Context) (user, password string, err error) {
	if c.cfg.Credentials == nil {
		return "", "", nil
	}
	type result struct {
		user, password string
		err            error
	}
	got := make(chan result, 1)
	go func() {
		var r result
		r.user, r.password, r.err = c.cfg.Credentials(ctx)
		got <- r
	}()
	select {
	case r := <-got:
		return r.user, r.password, r.err
	case <-ctx.Done():
		return "", "", ctx.Err()
	}
}

// hint adds to the refusal of a user and a password what looks like an accident in them. They are sent all
// the same: it may be meant.
func hint(err error, user, password string) {
	de, ok := err.(*DialError)
	if !ok || de.Reply == "" || de.Step != "HELLO" && de.Step != "AUTH" {
		return
	}
	for _, part := range [...][2]string{{"password", password}, {"user name", user}} {
		if oddity := oddity(part[1]); oddity != "" {
			de.Hint = "the " + part[0] + " " + oddity + ": is it meant?"
			return
		}
	}
}

// oddity says what looks like an accident in a secret, such as the line end of the file that it comes from.
// It is empty where nothing does, and never shows a part of the secret.
func oddity(secret string) string {
	odd := func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }
	first, _ := utf8.DecodeRuneInString(secret)
	last, _ := utf8.DecodeLastRuneInString(secret)
	switch {
	case secret == "":
		return ""
	case last == '\n', last == '\r':
		return "ends with a line end, as files of secrets often do"
	case odd(last):
		return "ends with a blank or a control character"
	case odd(first), first == '\ufeff':
		return "begins with a blank or a mark that does not show"
	case strings.ContainsFunc(secret, unicode.IsControl):
		return "has a control character in it"
	}
	return ""
}

// note takes the reply to HELLO.
func (c *Conn) note(frame []byte) error {
	c.info.Proto = 3
	d := resp.NewDecoder(frame)
	pairs, err := d.MapLen()
	for range pairs {
		if err != nil {
			break
		}
		err = c.noteHello(&d)
	}
	if err != nil {
		return &DialError{Phase: PhaseHandshake, Step: "HELLO", Err: &DesyncError{Reason: "reply of another shape", Err: err}}
	}
	c.cfg.learnt().introduce.Store(c.info.knowsSetInfo())
	return nil
}

// noteHello takes one field of the reply to HELLO.
func (c *Conn) noteHello(d *resp.Decoder) error {
	name, err := d.Text()
	if err != nil {
		return err
	}
	switch name {
	case "proto":
		n, err := d.Int()
		c.info.Proto = int(n)
		return err
	case "id":
		c.info.ID, err = d.Int()
		return err
	case "version":
		c.info.Version, err = d.Text()
		return err
	}
	return d.Skip()
}

// auth authenticates with AUTH. Servers before 6 know no users: they count the arguments, and then the
// password alone is tried.
func (c *Conn) auth(user, password string) error {
	if user == "" && password == "" {
		return nil
	}
	if user != "" {
		a, err := c.ask("AUTH", user, password)
		if err != nil {
			return &DialError{Phase: PhaseHandshake, Step: "AUTH", Err: err}
		}
		if a.refusal == "" {
			return nil
		}
		if !strings.Contains(strings.ToLower(a.refusal), "wrong number of arguments") {
			return &DialError{Phase: PhaseHandshake, Step: "AUTH", Reply: a.refusal}
		}
	}
	return c.must("AUTH", "AUTH", password)
}

// must sends a command that has to succeed.
func (c *Conn) must(name string, args ...string) error { return c.run(step{name, args, nil}) }

// ask sends one command of the handshake and gives its reply.
func (c *Conn) ask(args ...string) (answer, error) {
	var got answer
	err := c.run(step{args[0], args, func(a answer) error { got = a; return nil }})
	var de *DialError
	if errors.As(err, &de) {
		err = de.Err
	}
	return got, err
}

// run sends the commands of some steps in one write and judges the replies, up to the first failure. Nothing
// else uses the connection yet.
func (c *Conn) run(steps ...step) error {
	var wire []byte
	for _, s := range steps {
		wire = resp.AppendCommand(wire, s.args...)
	}
	asked := Now()
	if err := c.say(wire); err != nil && !isCut(err) {
		return &DialError{Phase: PhaseHandshake, Step: steps[0].name, Err: err}
	}
	// Also when the server has hung up before everything was written: it may have said why.
	for i, s := range steps {
		a, err := c.hear()
		if i == 0 && err == nil {
			c.trust.greeted(asked)
		}
		switch {
		case err != nil:
			return &DialError{Phase: PhaseHandshake, Step: s.name, Err: err}
		case s.judge != nil:
			err = s.judge(a)
		case a.refusal != "":
			err = &DialError{Phase: PhaseHandshake, Step: s.name, Reply: a.refusal}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// say sends requests of the handshake.
func (c *Conn) say(wire []byte) error {
	if _, err := c.nc.Write(wire); err != nil {
		return err
	}
	c.appended += uint64(len(wire))
	c.written, c.handed = c.appended, c.appended
	return nil
}

// hear reads the next reply of the handshake.
func (c *Conn) hear() (answer, error) {
	for {
		frame, err := c.rd.ReadFrame()
		if err != nil {
			var pe *resp.ProtocolError
			if errors.As(err, &pe) {
				return answer{}, &DesyncError{Reason: "the server broke the protocol", Err: err}
			}
			return answer{}, readError(err)
		}
		d := resp.NewDecoder(frame)
		if d.Kind() == resp.KindPush {
			continue
		}
		if d.IsError() {
			text, err := d.ErrorText()
			text, _, _ = strings.Cut(text, EchoedArgs)
			return answer{refusal: text}, err
		}
		return answer{frame: frame}, nil
	}
}

// unknownCommand reports whether a refusal says that there is no such command, in the words of servers and of
// proxies.
func unknownCommand(text string) bool {
	return strings.Contains(text, "unknown command") || strings.Contains(text, "unsupported command")
}

func tooManyClients(text string) bool {
	return strings.Contains(text, "max number of clients reached")
}

// knowsSetInfo: CLIENT SETINFO came with 7.2.
func (s ServerInfo) knowsSetInfo() bool {
	major, rest, _ := strings.Cut(s.Version, ".")
	minor, _, _ := strings.Cut(rest, ".")
	a, _ := strconv.Atoi(major)
	b, _ := strconv.Atoi(minor)
	return a > 7 || a == 7 && b >= 2
}

const setInfo = "CLIENT SETINFO"

// introduction tells the library's name and version. The connection is good, whatever is answered.
func introduction(judge func(answer) error) []step {
	return []step{
		{setInfo, []string{"CLIENT", "SETINFO", "LIB-NAME", libName}, judge},
		{setInfo, []string{"CLIENT", "SETINFO", "LIB-VER", Version}, judge},
	}
}

// introduce sends the introduction to servers that know it.
func (c *Conn) introduce() error {
	if !c.cfg.ClientInfo || !c.info.knowsSetInfo() || c.cfg.learnt().setInfo.holds() {
		return nil
	}
	err := c.run(introduction(func(answer) error { return nil })...)
	c.noteIntroduced(err == nil, err)
	return err
}

// noteIntroduced remembers what the endpoint made of the introduction: the next connection goes without where it was hung up on.
func (c *Conn) noteIntroduced(told bool, err error) {
	var de *DialError
	switch {
	case told && err == nil:
		c.cfg.learnt().setInfo.forget()
	case errors.As(err, &de) && de.Step == setInfo && isCut(err):
		c.cfg.learnt().setInfo.learn()
	}
}
