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

// ServerInfo is what the handshake learns about the server.
type ServerInfo struct {
	Proto   int    // 2 or 3
	Product string // "redis" or "valkey", from the reply to HELLO; "" on RESP2
	Version string // from the reply to HELLO; "" on RESP2
	ID      int64  // CLIENT ID, from the reply to HELLO; 0 on RESP2
	Zone    string // availability zone, from the reply to HELLO; "" if the server does not say
}

// EchoedArgs begins the end of an error reply to an unknown command. The command's arguments follow it. They
// must not appear in an error or a log, because they may contain a password.
const EchoedArgs = ", with args beginning with:"

// answer is one reply of the handshake.
type answer struct {
	refusal string // text of an error reply
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

// step is one command of the handshake. Several steps go out in one write, and their replies are judged in
// order.
type step struct {
	name string // name in errors
	args []string
	// If judge is nil, an error reply ends the handshake.
	judge func(answer) error // takes the reply
}

// greeting is the kind of the beginning of a handshake.
type greeting uint8

const (
	greetAtOnce greeting = iota // HELLO together with all steps behind it
	greetRESP3                  // HELLO alone
	greetRESP2                  // without HELLO
	// The endpoint closed the connection after HELLO: only a reply proves that there is a server.
	greetBlind // without HELLO, and at least one command
)

// greeted is the server's reaction to the greeting.
type greeted struct {
	resp3   bool // the server took HELLO: protocol and name are set
	refused bool // the server answered HELLO with an error
	known   bool // authenticated, or without credentials
	secret  bool // there are credentials
	placed  bool // the database and the modes are set
	told    bool // the library's name and version have been sent
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

// negotiate is the handshake with a user and a password; both may be empty.
func (c *Conn) negotiate(how greeting, user, password string) error {
	met := greeted{secret: user != "" || password != ""}
	met.known = !met.secret
	if how == greetAtOnce || how == greetRESP3 {
		if err := c.greet(user, password, &met, how == greetAtOnce); err != nil {
			return met.cut(err)
		}
	}
	// A server may refuse HELLO and then close the connection. A server with TLS 1.3 asks for a client
	// certificate only with its first reply. An endpoint that closed the connection after HELLO may now do so
	// after every command. Without another command in the handshake, a caller's command would be the first to
	// fail.
	last := met.known && (met.resp3 || c.cfg.ClientName == "") && c.cfg.DB == 0 && len(c.cfg.modes()) == 0
	proof := how == greetBlind ||
		last && (met.refused || how == greetRESP2 && (c.cfg.TLS != nil || !c.cfg.RESP2))
	if err := c.arrange(user, password, met, proof); err != nil {
		return met.cut(err)
	}
	return c.checkRole()
}

// ErrNotPrimary is the cause of a DialError for a server that should take writes, and is a replica.
var ErrNotPrimary = errors.New("is a replica, and was named as the primary")

// checkRole asks a server that must be a primary for its role. A server that does not tell, because the user
// may not ask, is believed.
func (c *Conn) checkRole() error {
	if !c.cfg.Leads {
		return nil
	}
	a, err := c.ask("ROLE")
	if err != nil {
		return &DialError{Phase: PhaseHandshake, Step: "ROLE", Err: err}
	}
	d := resp.NewDecoder(a.frame)
	if a.refusal != "" {
		return nil
	}
	if n, err := d.Len(); err != nil || n == 0 {
		return nil
	}
	if role, err := d.Text(); err == nil && role != "master" {
		return &DialError{Phase: PhaseHandshake, Step: "ROLE", Err: fmt.Errorf("%s %w", c.cfg.Addr, ErrNotPrimary)}
	}
	return nil
}

// cut marks the end of a connection after a refused HELLO.
func (met *greeted) cut(err error) error {
	if met.refused && isCut(err) {
		err = fmt.Errorf("%w: %w", errHelloRefused, err)
	}
	return err
}

// greet offers RESP3, authenticates and sets the name in one write; with whole it also sends all other steps.
// If the server refused HELLO, arrange does the missing steps.
//
// Without a user name the password goes out in a separate AUTH. HELLO needs a name, and a server without a
// password takes any password for the user "default": nobody would notice that the password protects nothing.
func (c *Conn) greet(user, password string, met *greeted, whole bool) error {
	var steps, rest []step
	if whole {
		rest = c.behindHello(met)
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
		// AUTH was renamed on this server. HELLO may still take the password.
		err = c.run(c.hello([]string{"AUTH", "default", password}, met))
	}
	c.noteIntroduced(met.told, err)
	if isCut(err) && !met.resp3 && !met.refused {
		return &DialError{Phase: PhaseHandshake, Step: "HELLO", Err: fmt.Errorf("%w: %w", errHelloCut, err)}
	}
	return err
}

// behindHello returns the steps behind HELLO. Their replies count only if the server has taken HELLO and the
// connection is authenticated. The introduction is one of the steps if an earlier connection found that the
// server knows it.
func (c *Conn) behindHello(met *greeted) []step {
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

// places returns the steps that set the database and the modes.
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

// hello returns HELLO with the words of a login, if there are any.
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
			// Proxies, and servers without HELLO, give this reply to every command except AUTH.
		case a.refusedWith("NOAUTH", "WRONGPASS", "LOADING", "MASTERDOWN", "DENIED", "BUSY") ||
			tooManyClients(a.refusal):
			return &DialError{Phase: PhaseHandshake, Step: "HELLO", Reply: a.refusal}
		}
		met.refused = true
		return nil
	}}
}

// arrange does the steps that the greeting has not done. proof says that the server must answer at least one
// command.
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
		if _, err := c.ask("PING"); err != nil { // any reply suffices
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
		return &DialError{Phase: PhaseHandshake,
			Err: &DesyncError{Reason: "the server sent a reply that nobody asked for"}}
	}
	return nil
}

// credentials calls the user's function. The function may ignore its context; then credentials returns
// without it.
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

// hint adds a probable mistake in user or password to their refusal. They are sent in any case, because the
// user may mean them.
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

// oddity describes a probable mistake in a secret, such as the line end of the file that it comes from; "" if
// there is none. It never shows a part of the secret.
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
		return &DialError{Phase: PhaseHandshake, Step: "HELLO",
			Err: &DesyncError{Reason: "reply of another shape", Err: err}}
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
	case "server":
		c.info.Product, err = d.Text()
		return err
	case "version":
		c.info.Version, err = d.Text()
		return err
	case "availability_zone":
		if d.Kind() == resp.KindBulk {
			c.info.Zone, err = d.Text()
			return err
		}
	}
	return d.Skip()
}

// auth authenticates with AUTH. Servers before 6 have no users and report a wrong number of arguments; then
// auth sends the password alone.
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

// ask sends one command of the handshake and returns its reply.
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
	// Read also if the server closed the connection before everything was written: it may have said why.
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

// unknownCommand reports whether a refusal says that the command is unknown, in the words of servers and of
// proxies.
func unknownCommand(text string) bool {
	return strings.Contains(text, "unknown command") || strings.Contains(text, "unsupported command")
}

func tooManyClients(text string) bool {
	return strings.Contains(text, "max number of clients reached")
}

// knowsSetInfo reports whether the server knows CLIENT SETINFO, which came with 7.2.
func (s ServerInfo) knowsSetInfo() bool {
	major, rest, _ := strings.Cut(s.Version, ".")
	minor, _, _ := strings.Cut(rest, ".")
	a, _ := strconv.Atoi(major)
	b, _ := strconv.Atoi(minor)
	return a > 7 || a == 7 && b >= 2
}

const setInfo = "CLIENT SETINFO"

// introduction returns the steps that send the library's name and version. The connection is good whatever
// the replies are.
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

// noteIntroduced remembers how the endpoint reacted to the introduction: if it closed the connection, the
// next connection does without.
func (c *Conn) noteIntroduced(told bool, err error) {
	var de *DialError
	switch {
	case told && err == nil:
		c.cfg.learnt().setInfo.forget()
	case errors.As(err, &de) && de.Step == setInfo && isCut(err):
		c.cfg.learnt().setInfo.learn()
	}
}
