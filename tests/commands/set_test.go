package commands_test

import (
	"slices"
	"testing"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit/clients"
)

// sorted sorts a list.
func sorted(list []string, err error) ([]string, error) {
	slices.Sort(list)
	return list, err
}

func TestSetMembers(t *testing.T) {
	t.Parallel()
	clients.EachProtocol(t, func(t *clients.Test) {
		t.Want(3)(t.Client.SAdd(ctx, "s", "a", 2, []byte("c")))
		t.Want(0)(t.Client.SAdd(ctx, "s", "a"))
		t.Want([]string{"2", "a", "c"})(sorted(t.Client.SMembers(ctx, "s")))
		t.Want([]string{})(t.Client.SMembers(ctx, "none"))
		t.Want(3)(t.Client.SCard(ctx, "s"))
		t.Want(true)(t.Client.SIsMember(ctx, "s", 2))
		t.Want(false)(t.Client.SIsMember(ctx, "none", "a"))
		t.Want([]bool{true, false})(t.Client.SMIsMember(ctx, "s", "a", "z"))
		t.Want(true)(t.Client.SMove(ctx, "s", "d", "a"))
		t.Want(false)(t.Client.SMove(ctx, "s", "d", "a"))
		t.Want(1)(t.Client.SRem(ctx, "s", "c", "zz"))
		t.Want([]string{"2"})(t.Client.SMembers(ctx, "s"))
		t.OK(t.Client.Set(ctx, "str", 1))
		t.Is(redpoll.ErrWrongType)(t.Client.SAdd(ctx, "str", 1))
	})
}

// Covers: E67
func TestSRandMember(t *testing.T) {
	t.Parallel()
	clients.EachProtocol(t, func(t *clients.Test) {
		all := []string{"a", "b", "c"}
		t.Want(3)(t.Client.SAdd(ctx, "s", "a", "b", "c"))
		if one, err := t.Client.SRandMember(ctx, "s"); err != nil || !slices.Contains(all, one) {
			t.Errorf("SRandMember gives %q and %v", one, err)
		}
		if two, err := t.Client.SRandMemberN(ctx, "s", 2); err != nil || len(two) != 2 || two[0] == two[1] {
			t.Errorf("SRandMemberN(2) gives %q and %v", two, err)
		}
		if many, err := t.Client.SRandMemberN(ctx, "s", -7); err != nil || len(many) != 7 {
			t.Errorf("SRandMemberN(-7) gives %q and %v", many, err)
		}
		t.IsNil(t.Client.SRandMember(ctx, "none"))
		t.Want([]string{})(t.Client.SRandMemberN(ctx, "none", 2))
		if one, err := t.Client.SPop(ctx, "s"); err != nil || !slices.Contains(all, one) {
			t.Errorf("SPop gives %q and %v", one, err)
		}
		if rest, err := t.Client.SPopN(ctx, "s", 5); err != nil || len(rest) != 2 {
			t.Errorf("SPopN gives %q and %v", rest, err)
		}
		t.IsNil(t.Client.SPop(ctx, "s"))
		t.Want([]string{})(t.Client.SPopN(ctx, "s", 5))
	})
}

func TestSetAlgebra(t *testing.T) {
	t.Parallel()
	clients.EachProtocol(t, func(t *clients.Test) {
		t.Server.Do("SADD", "a", "1", "2", "3")
		t.Server.Do("SADD", "b", "2", "3", "4")
		t.Want([]string{"1"})(sorted(t.Client.SDiff(ctx, "a", "b", "none")))
		t.Want([]string{"2", "3"})(sorted(t.Client.SInter(ctx, "a", "b")))
		t.Want([]string{})(t.Client.SInter(ctx, "a", "none"))
		t.Want([]string{"1", "2", "3", "4"})(sorted(t.Client.SUnion(ctx, "a", "b")))
		t.Want(1)(t.Client.SDiffStore(ctx, "d", "a", "b"))
		t.Want(2)(t.Client.SInterStore(ctx, "d", "a", "b"))
		t.Want(4)(t.Client.SUnionStore(ctx, "d", "a", "b"))
		t.Want(2)(t.Client.SInterCard(ctx, []string{"a", "b"}))
		t.Want(1)(t.Client.SInterCard(ctx, []string{"a", "b"}, redpoll.CardLimit(1)))
		page, err := t.Client.SScan(ctx, "a", 0, redpoll.Match("[12]"))
		slices.Sort(page.Items)
		t.Want(redpoll.ScanPage[string]{Items: []string{"1", "2"}})(page, err)
	})
}
