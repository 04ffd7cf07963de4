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

// handshake makes the connection ready: protocol, authentication, name, database.
func (c *Conn) handshake(ctx context.Context, hello bool) (err error) {
	user, password, err := c.credentials(ctx)
	if err != nil {
		return &DialError{Phase: PhaseHandshake, Step: "credentials", Err: err}
	}
	defer func() { hint(err, user, password) }()
	greeted := false
	if hello {
		if greeted, err = c.hello(user, password); err != nil {
			return err
		}
	}
	if !greeted {
		if err := c.auth(user, password); err != nil {
			return err
		}
		if c.cfg.ClientName != "" {
			if err := c.must("CLIENT SETNAME", "CLIENT", "SETNAME", c.cfg.ClientName); err != nil {
				return err
			}
		}
	}
	if !hello && !c.cfg.RESP2 && !c.cfg.refusesHello.Load() {
		// Dial's last resort: only an answer, whatever it says, proves that there is a server.
		if _, err := c.ask("PING"); err != nil {
			return &DialError{Phase: PhaseHandshake, Step: "PING", Err: err}
		}
	}
	if c.cfg.DB != 0 {
		if err := c.must("SELECT", "SELECT", strconv.Itoa(c.cfg.DB)); err != nil {
			return err
		}
	}
	for _, mode := range c.cfg.modes() {
		if err := c.must("CLIENT "+mode, "CLIENT", mode, "ON"); err != nil {
			return err
		}
	}
	if c.cfg.ClientInfo && c.info.knowsSetInfo() && !c.cfg.refusesSetInfo.Load() {
		if err := c.introduce(); err != nil {
			c.cfg.refusesSetInfo.Store(true) // the next attempt goes without
			return &DialError{Phase: PhaseHandshake, Step: "CLIENT SETINFO", Err: err}
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

// hello switches to RESP3, authenticates and sets the name in one command. It reports false when the server
// does not know HELLO, so that the older commands have to do.
func (c *Conn) hello(user, password string) (bool, error) {
	args := []string{"HELLO", "3"}
	if user != "" || password != "" {
		if user == "" {
			user = "default"
		}
		args = append(args, "AUTH", user, password)
	}
	if c.cfg.ClientName != "" {
		args = append(args, "SETNAME", c.cfg.ClientName)
	}
	a, err := c.ask(args...)
	if err != nil {
		if isCut(err) {
			err = fmt.Errorf("%w: %w", errHelloCut, err)
		}
		return false, &DialError{Phase: PhaseHandshake, Step: "HELLO", Err: err}
	}
	switch {
	case a.refusal == "":
	case a.refusedWith("NOAUTH", "WRONGPASS", "LOADING", "MASTERDOWN", "DENIED", "BUSY") || tooManyClients(a.refusal):
		return false, &DialError{Phase: PhaseHandshake, Step: "HELLO", Reply: a.refusal}
	default:
		return false, nil
	}
	c.info.Proto = 3
	d := resp.NewDecoder(a.frame)
	pairs, err := d.MapLen()
	for range pairs {
		if err != nil {
			break
		}
		err = c.noteHello(&d)
	}
	if err != nil {
		return false, &DialError{Phase: PhaseHandshake, Step: "HELLO", Err: &DesyncError{Reason: "reply of another shape", Err: err}}
	}
	return true, nil
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
func (c *Conn) must(step string, args ...string) error {
	a, err := c.ask(args...)
	if err != nil {
		return &DialError{Phase: PhaseHandshake, Step: step, Err: err}
	}
	if a.refusal != "" {
		return &DialError{Phase: PhaseHandshake, Step: step, Reply: a.refusal}
	}
	return nil
}

// ask sends one command of the handshake and reads its reply. Nothing else uses the connection yet.
func (c *Conn) ask(args ...string) (answer, error) {
	if err := c.say(resp.AppendCommand(nil, args...)); err != nil {
		return answer{}, err
	}
	return c.hear()
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

// introduce tells the server the library's name and version. Whatever it answers, the connection is good.
func (c *Conn) introduce() error {
	wire := resp.AppendCommand(nil, "CLIENT", "SETINFO", "LIB-NAME", libName)
	err := c.say(resp.AppendCommand(wire, "CLIENT", "SETINFO", "LIB-VER", Version))
	for range 2 {
		if err == nil {
			_, err = c.hear()
		}
	}
	return err
}
