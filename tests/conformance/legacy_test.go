package conformance

import (
	"time"

	"github.com/redpoll-go/redpoll/legacy"
)

// legacies are the calls of redis-py 2.x.
var legacies = tests{
	"Redis": func(t *T) {
		ctx, old := t.Context(), legacy.NewRedis(t.Client)
		t.OK(old.SetEx(ctx, t.Key("k"), "v", time.Hour))
		t.Want(int64(2))(old.ZAdd(ctx, t.Key("z"), "one", 1, "two", 2))
		_, err := old.RPush(ctx, t.Key("l"), 1, 2, 1)
		t.OK(err)
		t.Want(int64(2))(old.LRem(ctx, t.Key("l"), 1, 0))
		t.OK(old.Set(ctx, t.Key("forever"), 1))
		t.Synced()
		t.Between(time.Minute, time.Hour)(old.TTL(ctx, t.Key("k")))
		t.IsNil(old.TTL(ctx, t.Key("forever")))
		t.Want("v")(old.Plain().Get(ctx, t.Key("k")))
	},
	"pipelines": func(t *T) {
		pipe := legacy.NewStrictRedis(t.Client).Pipeline()
		pipe.Set(t.Key("k"), true)
		got := pipe.Plain().Get(t.Key("k"))
		t.OK(pipe.Exec(t.Context()))
		t.Want("True")(got.Result())
	},
}
