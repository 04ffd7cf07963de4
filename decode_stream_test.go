package redpoll

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll/internal/decode"
	"github.com/redpoll-go/redpoll/internal/testkit"
	"github.com/redpoll-go/redpoll/resp"
)

// Geo, stream and array replies of another shape are errors that are not Nil, whatever they are.
func TestDecodeStreamWrongShape(t *testing.T) {
	t.Parallel()
	decoders := map[string]func(d *reply) (any, error){
		"positions": with(record[[]Null[GeoPoint]]), "locations": allLocations, "entries": with(decodeEntries), "streams": with(decodeStreams),
		"claimed": with(decodeClaimed), "claimed IDs": with(decodeClaimedIDs), "pending": with(decodePending), "pending entries": with(record[[]PendingEntry]),
		"stream": with(record[StreamInfo]), "full stream": with(record[StreamInfoFull]), "groups": with(record[[]GroupInfo]), "consumers": with(record[[]ConsumerInfo]),
		"index": with(decode.Index), "indexes": with(decode.Indexes), "elements": with(decodeElements), "array": with(record[ArrayInfo]),
		"increment": with(record[Increment]), "float increment": with(record[FloatIncrement]), "words": with(record[[]Null[string]]),
	}
	for _, form := range []string{"*3 *1 *0 :1 _", "*1 *1 *0", "%1 *1 *0 *1 *0", "*2 *1 *0 *1 *0", "-ERR", "*1 -ERR", "*4 *1 *0 *1 *0 *1 *0 *1 *0"} {
		for name, decode := range decoders {
			got, err := decode(&reply{Decoder: resp.NewDecoder(testkit.Frame(form))})
			if err == nil || errors.Is(err, Nil) {
				t.Errorf("%s out of %q gives %#v and the error %v", name, form, got, err)
			}
		}
	}
}

// Names of groups and fields are user data and translated, IDs and the server's own names are not.
func TestDecodeStreamText(t *testing.T) {
	t.Parallel()
	u := func(s string) string { return string(utf16(s)) }
	entries := resp.AppendArray(nil, 1)
	entries = resp.AppendArray(entries, 2)
	entries = resp.AppendBulk(entries, "1-0")
	entries = resp.AppendBulk(resp.AppendBulk(resp.AppendArray(entries, 2), u("é")), u("v"))
	groups := resp.AppendMap(resp.AppendArray(nil, 1), 2)
	groups = resp.AppendBulk(resp.AppendBulk(groups, "name"), u("é"))
	groups = resp.AppendBulk(resp.AppendBulk(groups, "last-delivered-id"), "1-0")
	for _, c := range []struct {
		name   string
		frame  []byte
		decode func(d *reply) (any, error)
		want   any
	}{
		{"entries", entries, with(decodeEntries), []StreamEntry{{ID: "1-0", Fields: []FieldValue{{"é", "v"}}}}},
		{"groups", groups, with(record[[]GroupInfo]), []GroupInfo{{Name: "é", LastDeliveredID: "1-0"}}},
	} {
		got, err := c.decode(&reply{Decoder: resp.NewDecoder(c.frame), Encoding: wide{}})
		if err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: got %#v and %v, want %#v", c.name, got, err, c.want)
		}
	}
}

// Nothing at all is an empty list for reads, and Nil for lists that say so.
func TestDecodeStreamNull(t *testing.T) {
	t.Parallel()
	for _, null := range []string{"*-1", "_"} {
		got, err := with(decodeStreams)(&reply{Decoder: resp.NewDecoder(testkit.Frame(null))})
		if err != nil || !reflect.DeepEqual(got, []StreamEntries{}) {
			t.Errorf("%q gives %#v and %v", null, got, err)
		}
		if _, err := allLocations(&reply{Decoder: resp.NewDecoder(testkit.Frame(null))}); !errors.Is(err, Nil) {
			t.Errorf("%q gives %v, want Nil", null, err)
		}
	}
}

// What newer servers append does not break what is known.
func TestDecodeStreamUnknownFields(t *testing.T) {
	t.Parallel()
	at := time.UnixMilli(5)
	for _, c := range []struct {
		name, form string
		decode     func(d *reply) (any, error)
		want       any
	}{
		{"summary", "*5 :1 $3 1-0 $3 2-0 *1 *3 $1 c $1 1 :9 :8", with(decodePending), PendingSummary{Count: 1, Min: "1-0", Max: "2-0", Consumers: []PendingConsumer{{"c", 1}}}},
		{"empty summary", "*5 :0 _ _ _ :8", with(decodePending), PendingSummary{}},
		{"entry", "*1 *5 $3 1-0 $1 c :5 :1 :9", with(record[[]PendingEntry]), []PendingEntry{{"1-0", "c", 5 * time.Millisecond, 1}}},
		{"group", "%1 $6 groups *1 %1 $7 pending *2 *5 $3 1-0 $1 c :5 :1 :9 *4 $3 2-0 $1 - :0 :1", with(record[StreamInfoFull]),
			StreamInfoFull{Groups: []GroupInfoFull{{Pending: []PendingDelivery{{ID: "1-0", Consumer: "c", Delivered: at, Deliveries: 1}, {ID: "2-0", Consumer: "-", Deliveries: 1}}}}}},
		{"consumer", "%1 $6 groups *1 %1 $9 consumers *1 %1 $7 pending *1 *4 $3 1-0 :5 :1 :9", with(record[StreamInfoFull]),
			StreamInfoFull{Groups: []GroupInfoFull{{Consumers: []ConsumerInfoFull{{Pending: []PendingDelivery{{ID: "1-0", Delivered: at, Deliveries: 1}}}}}}}},
		{"LCS", "%2 $3 len :6 $3 new :7", with(record[LCSMatches]), LCSMatches{Len: 6, Extra: map[string]Value{"new": {kind: KindInt, num: 7}}}},
	} {
		d := &reply{Decoder: resp.NewDecoder(testkit.Frame(c.form))}
		if got, err := c.decode(d); err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: got %#v and %v, want %#v", c.name, got, err, c.want)
		}
	}
}
