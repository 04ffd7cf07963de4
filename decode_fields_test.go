package redpoll

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/redpoll-go/redpoll/internal/structs"
	"github.com/redpoll-go/redpoll/internal/testkit"
	"github.com/redpoll-go/redpoll/resp"
)

// records are all that fieldsOf describes.
var records = []any{
	new(AOFAcks), new(Address), new(CachedInfo), new(DebugObject), new(FloatIncrement), new(Increment), new(PendingConsumer), new(PendingEntry),
	new(ACLLogEntry), new(ArrayInfo), new(BloomInfo), new(CMSSketchInfo), new(ClientInfo), new(ClusterInfo),
	new(ClusterLink), new(ClusterShard), new(ClusterShardNode), new(CommandArgument), new(CommandChange),
	new(CommandDoc), new(CommandInfo), new(CommandLogEntry), new(ConsumerInfo), new(ConsumerInfoFull),
	new(CuckooInfo), new(Function), new(FunctionEngine), new(FunctionLibrary), new(FunctionStats), new(GroupInfo),
	new(GroupInfoFull), new(HotKeys), new(KeyFlags), new(KeySpec), new(LCSMatches), new(LatencyEvent), new(LatencyHistogram), new(LatencySample),
	new(MemoryDB), new(MemoryStats), new(MigrationTask), new(Module), new(RoleReplica), new(RunningFunction),
	new(SentinelScript), new(SentinelState), new(SlotMigrationState), new(SlotStats), new(SlowLogEntry), new(StreamInfo),
	new(StreamInfoFull), new(TDigestSketchInfo), new(TSChunk), new(TSSeriesInfo), new(TopKListInfo),
	new(TrackingInfo), new(VectorSetInfo), new(BackupStatus), new(ClusterPage), new(HotKeyRate),
}

// Whatever fieldsOf says of a record must be so, or the reading of a reply would panic.
func TestFieldsOf(t *testing.T) {
	t.Parallel()
	for _, p := range records {
		v := reflect.ValueOf(p).Elem()
		fields := fieldsOf(p)
		_, list, isList := strings.Cut(fields, "]")
		if !isList {
			list = fields
		}
		if list == "" {
			t.Errorf("%T has no description", p)
		}
		seen := map[string]bool{}
		for _, f := range strings.Split(list, ",") {
			server, field, named := strings.Cut(f, "=")
			if named == isList || seen[server] {
				t.Errorf("%T: %q is twice, or of the other form", p, f)
				continue
			}
			seen[server] = true
			if isList {
				field = server
			}
			path, _, _ := strings.Cut(field, ":")
			for at := v; path != ""; {
				var name string
				name, path, _ = strings.Cut(path, ".")
				if at = at.FieldByName(name); !at.IsValid() {
					t.Fatalf("%T has no field %q", p, field)
				}
			}
			// A unit that does not go with the field's type panics, and a type that nobody reads recurses without end.
			_ = readInto(&reply{Decoder: resp.NewDecoder(testkit.Frame(":1"))}, structs.Place(p, field))
		}
		if extra := v.FieldByName("Extra"); extra.IsValid() && isList != (extra.Type() == reflect.TypeFor[[]Value]()) || !extra.IsValid() && !isList {
			t.Errorf("%T has an Extra of another type", p)
		}
	}
}

// A record that does not exist is missing, not of the wrong shape.
func TestDecodeRecordMissing(t *testing.T) {
	t.Parallel()
	for _, p := range records {
		for _, null := range []string{"*-1", "_"} {
			if err := decodeRecord(&reply{Decoder: resp.NewDecoder(testkit.Frame(null))}, p); !errors.Is(err, Nil) {
				t.Errorf("%T out of %q gives %v, want Nil", p, null, err)
			}
		}
	}
}
