package sentinel

import (
	"context"
	"slices"

	"github.com/redpoll-go/redpoll/internal/follow"
)

// claim is a server that Sentinels take for the primary.
type claim struct {
	follow.View     // of the Sentinel that knows the newest configuration with this primary
	votes       int // how many Sentinels name it
}

// claims returns the servers that were named, in the order of the answers.
func (a *survey) claims() (list []*claim) {
	for _, v := range a.views {
		i := slices.IndexFunc(list, func(c *claim) bool { return c.Primary == v.Primary })
		switch {
		case i < 0:
			list = append(list, &claim{v, 1})
			continue
		case v.Epoch > list[i].Epoch:
			list[i].View = v
		}
		list[i].votes++
	}
	denied := a.q.Denied
	return slices.DeleteFunc(list, func(c *claim) bool {
		return c.Primary == denied.Primary && c.Epoch <= denied.Epoch && 2*c.votes <= len(a.addrs)
	})
}

// mostNamed returns the claim of most Sentinels, among equals the one with the newest configuration; nil if
// there is none.
func mostNamed(claims []*claim) (most *claim) {
	for _, c := range claims {
		if most == nil || c.votes > most.votes || c.votes == most.votes && c.Epoch > most.Epoch {
			most = c
		}
	}
	return most
}

// elect returns the view that counts, nil if none does. One Sentinel may be behind, may have lost its memory,
// or may watch another deployment under the same name, so neither the newest configuration nor the first
// answer is enough. The primary so far stays it, unless
//
//   - a newer configuration names another server of the same deployment: this is how failovers look;
//   - most Sentinels name another server; with an older configuration only if nobody names the primary
//     so far, or if that one is a replica: then all were installed anew;
//   - it cannot be used, and most of those that answered name another server: all are others than before.
func (a *survey) elect() *follow.View {
	claims := a.claims()
	now := a.incumbent(claims)
	if now == nil {
		return nil
	}
	for next := a.heir(now, claims); next != nil; next = a.heir(now, claims) {
		now = next
	}
	out := now.Primary == a.q.Refuted
	lost := now.votes == 0 || out && a.q.Demoted
	others := slices.DeleteFunc(claims, func(c *claim) bool { return c == now || c.Primary == a.q.Refuted })
	most := mostNamed(others)
	switch {
	case most != nil && 2*most.votes > len(a.addrs) && (lost || most.Epoch >= now.Epoch),
		most != nil && 2*most.votes > a.said && lost && out:
		now = most
	case now.votes == 0:
		return nil
	}
	if now.Anew = now.Epoch < a.q.Prior.Epoch; now.Anew && 2*now.votes <= len(a.addrs) && !lost {
		now.Anew, now.Epoch = false, a.q.Prior.Epoch // a few that are behind
	}
	return &now.View
}

// incumbent returns the claim that counts unless others are better: that of the primary so far, even if
// nobody names it now, or else what most say.
func (a *survey) incumbent(claims []*claim) *claim {
	prior := a.q.Prior
	if prior.Primary == "" {
		return mostNamed(claims)
	}
	for _, c := range claims {
		if c.Primary == prior.Primary {
			if c.Members == nil {
				c.Members = prior.Members
			}
			return c
		}
	}
	return &claim{View: prior}
}

// heir returns the claim with the newest configuration after that of now, if its server belongs to the same
// deployment; nil if there is none. With an equal number it counts if now is not the primary, or nobody says
// so any more.
func (a *survey) heir(now *claim, claims []*claim) (next *claim) {
	for _, c := range claims {
		newer := c.Epoch > now.Epoch ||
			c.Epoch == now.Epoch && (now.votes == 0 || now.Primary == a.q.Refuted)
		if c == now || c.Primary == a.q.Refuted || !newer || !slices.Contains(a.members(now), c.Primary) {
			continue
		}
		if next == nil || c.Epoch > next.Epoch {
			next = c
		}
	}
	return next
}

// members returns the servers of a claim's deployment besides the primary.
func (a *survey) members(of *claim) []string {
	if of.Members == nil && of.From != "" {
		ctx, end := context.WithTimeout(a.ctx, patience)
		of.Members, _, _ = a.s.replicas(ctx, of.From)
		end()
	}
	return of.Members
}
