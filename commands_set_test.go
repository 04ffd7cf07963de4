package redpoll_test

import (
	"slices"
	"testing"

	"github.com/redpoll-go/redpoll"
)

// sorted puts a list without an order into one.
func sorted(list []string, err error) ([]string, error) {
	slices.Sort(list)
	return list, err
}

func TestSetMembers(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *commandTest) {
		t.want(3)(t.rdb.SAdd(ctx, "s", "a", 2, []byte("c")))
		t.want(0)(t.rdb.SAdd(ctx, "s", "a"))
		t.want([]string{"2", "a", "c"})(sorted(t.rdb.SMembers(ctx, "s")))
		t.want([]string{})(t.rdb.SMembers(ctx, "none"))
		t.want(3)(t.rdb.SCard(ctx, "s"))
		t.want(true)(t.rdb.SIsMember(ctx, "s", 2))
		t.want(false)(t.rdb.SIsMember(ctx, "none", "a"))
		t.want([]bool{true, false})(t.rdb.SMIsMember(ctx, "s", "a", "z"))
		t.want(true)(t.rdb.SMove(ctx, "s", "d", "a"))
		t.want(false)(t.rdb.SMove(ctx, "s", "d", "a"))
		t.want(1)(t.rdb.SRem(ctx, "s", "c", "zz"))
		t.want([]string{"2"})(t.rdb.SMembers(ctx, "s"))
		t.ok(t.rdb.Set(ctx, "str", 1))
		t.is(redpoll.ErrWrongType)(t.rdb.SAdd(ctx, "str", 1))
	})
}

// Covers: E67
func TestSRandMember(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *commandTest) {
		all := []string{"a", "b", "c"}
		t.want(3)(t.rdb.SAdd(ctx, "s", "a", "b", "c"))
		if one, err := t.rdb.SRandMember(ctx, "s"); err != nil || !slices.Contains(all, one) {
			t.Errorf("SRandMember gives %q and %v", one, err)
		}
		if two, err := t.rdb.SRandMemberN(ctx, "s", 2); err != nil || len(two) != 2 || two[0] == two[1] {
			t.Errorf("SRandMemberN(2) gives %q and %v", two, err)
		}
		if many, err := t.rdb.SRandMemberN(ctx, "s", -7); err != nil || len(many) != 7 {
			t.Errorf("SRandMemberN(-7) gives %q and %v", many, err)
		}
		t.isNil(t.rdb.SRandMember(ctx, "none"))
		t.want([]string{})(t.rdb.SRandMemberN(ctx, "none", 2))
		if one, err := t.rdb.SPop(ctx, "s"); err != nil || !slices.Contains(all, one) {
			t.Errorf("SPop gives %q and %v", one, err)
		}
		if rest, err := t.rdb.SPopN(ctx, "s", 5); err != nil || len(rest) != 2 {
			t.Errorf("SPopN gives %q and %v", rest, err)
		}
		t.isNil(t.rdb.SPop(ctx, "s"))
		t.want([]string{})(t.rdb.SPopN(ctx, "s", 5))
	})
}

func TestSetAlgebra(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *commandTest) {
		t.srv.Do("SADD", "a", "1", "2", "3")
		t.srv.Do("SADD", "b", "2", "3", "4")
		t.want([]string{"1"})(sorted(t.rdb.SDiff(ctx, "a", "b", "none")))
		t.want([]string{"2", "3"})(sorted(t.rdb.SInter(ctx, "a", "b")))
		t.want([]string{})(t.rdb.SInter(ctx, "a", "none"))
		t.want([]string{"1", "2", "3", "4"})(sorted(t.rdb.SUnion(ctx, "a", "b")))
		t.want(1)(t.rdb.SDiffStore(ctx, "d", "a", "b"))
		t.want(2)(t.rdb.SInterStore(ctx, "d", "a", "b"))
		t.want(4)(t.rdb.SUnionStore(ctx, "d", "a", "b"))
		t.want(2)(t.rdb.SInterCard(ctx, []string{"a", "b"}))
		t.want(1)(t.rdb.SInterCard(ctx, []string{"a", "b"}, redpoll.CardLimit(1)))
		page, err := t.rdb.SScan(ctx, "a", 0, redpoll.Match("[12]"))
		slices.Sort(page.Items)
		t.want(redpoll.Page[string]{Items: []string{"1", "2"}})(page, err)
	})
}
