package sentinel

import (
	"context"
	"strconv"
	"strings"
	"testing"

	"github.com/redpoll-go/redpoll/internal/conn"
	"github.com/redpoll-go/redpoll/internal/follow"
)

// Whom the Sentinels elect. An answer is the primary and its epoch, "-" one that names nobody and "" none.
// The primary is a, its replicas are b and c, and f is a server of another deployment.
func TestElection(t *testing.T) {
	t.Parallel()
	known := follow.View{Primary: "a", Epoch: 5, Members: []string{"b", "c"}, From: "s0"}
	prior := func(change ...func(q *follow.Question)) follow.Question {
		q := follow.Question{Prior: known, Thorough: true}
		for _, f := range change {
			f(&q)
		}
		return q
	}
	lost := func(q *follow.Question) { q.Refuted = q.Prior.Primary }
	demoted := func(q *follow.Question) { q.Refuted, q.Demoted = q.Prior.Primary, true }
	denied := func(q *follow.Question) { q.Denied = follow.View{Primary: "b", Epoch: 99} }
	for _, tt := range []struct {
		name    string
		q       follow.Question
		answers string
		want    string // "" if nobody is elected; ! if the epochs begin anew
	}{
		{"first, all agree", follow.Question{}, "a5 a5 a5", "a5"},
		{"first, one alone", follow.Question{}, "a5", "a5"},
		{"first, a stranger with a newer epoch", follow.Question{}, "f99 a5 a5", "a5"},
		{"first, during a failover", follow.Question{}, "a5 a5 b6", "b6"},
		{"first, nobody", follow.Question{}, "- - ", ""},
		{"all is well", prior(), "a5 a5 a5", "a5"},
		{"a failover", prior(), "a5 b6 a5", "b6"},
		{"two failovers", prior(), "b6 c7 a5", "c7"},
		{"a failover, and the old one is known as down", prior(lost), "- b6 -", "b6"},
		{"a stranger", prior(), "f5 a5 a5 a5", "a5"},
		{"a stranger with a newer epoch", prior(), "f99 a5 a5 a5", "a5"},
		{"a stranger while the primary is down", prior(lost), "f99 - - -", ""},
		{"a stranger, and nobody else answers", prior(), "f5   ", ""},
		{"most name a stranger", prior(), "f5 f5 a5", "f5"},
		{"all are others, and the primary is gone", prior(lost), "f1   ", "f1!"},
		{"one without memory", prior(), "b0 a5 a5", "a5"},
		{"most without memory", prior(), "b0 b0 -", "b0!"},
		{"most without memory, and one that knows", prior(), "b0 b0 a5", "a5"},
		{"the same primary, with few that are behind", prior(), "a4  ", "a5"},
		{"the same primary, without memory", prior(), "a0 a0 a0", "a0!"},
		{"the primary cannot be reached", prior(lost), "a5 a5 a5", "a5"},
		{"the primary cannot be reached, and one is behind", prior(lost), "- b4 -", ""},
		{"a replica was named", prior(demoted), "a5 b4 b4", "b4!"},
		{"a replica was named by all", prior(demoted), "a5 a5 a5", "a5"},
		{"equal epochs, a replica was named", prior(demoted), "a5 a5 b5", "b5"},
		{"a view that was wrong before", prior(denied), "b99 a5 a5", "a5"},
		{"a view that was wrong before, and most agree", prior(denied), "b99 b99 a5", "b99"},
		{"a newer view of who was wrong before", prior(denied), "b100 a5 a5", "b100"},
	} {
		s := New(Config{Name: "m", Sentinel: func(string) *conn.Config { return nil }})
		a := s.survey(context.Background(), nil)
		a.q = tt.q
		for i, text := range strings.Split(tt.answers, " ") {
			addr := "s" + strconv.Itoa(i)
			a.addrs = append(a.addrs, addr)
			switch text {
			case "":
				a.note(answer{addr: addr, err: errPatience})
			case "-":
				a.note(answer{addr: addr, err: &Says{"is down"}})
			default:
				v := follow.View{Primary: text[:1], From: addr, Members: []string{}}
				v.Epoch, _ = strconv.ParseUint(text[1:], 10, 64)
				for _, one := range []string{"a", "b", "c"} {
					if v.Primary != "f" && one != v.Primary {
						v.Members = append(v.Members, one)
					}
				}
				a.note(answer{addr: addr, view: v})
			}
		}
		got := ""
		if v := a.elect(); v != nil {
			got = v.Primary + strconv.FormatUint(v.Epoch, 10)
			if v.Anew {
				got += "!"
			}
		}
		if got != tt.want {
			t.Errorf("%s (%s): got %q, want %q", tt.name, tt.answers, got, tt.want)
		}
		s.Close()
	}
}
