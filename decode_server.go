package redpoll

import (
	"strconv"
	"strings"

	"github.com/redpoll-go/redpoll/internal/decode"
	"github.com/redpoll-go/redpoll/internal/structs"
	"github.com/redpoll-go/redpoll/resp"
)

// decodeDone takes any status for success: some commands tell in it what they did.
func decodeDone(d *reply, _ *struct{}) error {
	if d.Kind() == resp.KindStatus {
		return d.Skip()
	}
	return decode.Status(d, "of success")
}

func decodeBuckets(d *reply, v *[]LatencyBucket) error {
	n, err := d.MapLen()
	if err != nil {
		return err
	}
	list := make([]LatencyBucket, n)
	for i := range list {
		if err := readInto(d, decode.Micros(&list[i].UpTo)); err != nil {
			return err
		}
		if err := readInto(d, &list[i].Calls); err != nil {
			return err
		}
	}
	*v = list
	return nil
}

func decodeMemoryStats(d *reply, v *MemoryStats) error {
	v.DBs = map[int]MemoryDB{}
	return d.Named(func(name string) error {
		if digits, ok := strings.CutPrefix(name, "db."); ok {
			if n, err := strconv.Atoi(digits); err == nil {
				var db MemoryDB
				err := readRecord(d, &db)
				v.DBs[n] = db
				return err
			}
		}
		return structs.RecordField(ownRecords(), d, v, name)
	})
}

// decodeRole reads the three forms of ROLE, told apart by the first element.
func decodeRole(d *reply, v *Role) error {
	n, err := d.Len()
	if err != nil {
		return err
	}
	if n == 0 {
		return &resp.TypeError{Want: "a role", Got: resp.KindArray}
	}
	if v.Name, err = d.Text(); err != nil {
		return err
	}
	var fields []any // those that servers have always sent
	switch v.Name {
	case "master":
		fields = []any{&v.Offset, &v.Replicas}
	case "slave":
		fields = []any{&v.PrimaryHost, &v.PrimaryPort, &v.State, &v.Offset}
	case "sentinel":
		fields = []any{&v.Primaries}
	default:
		return &resp.TypeError{Want: "the role master, slave or sentinel", Got: resp.KindBulk}
	}
	if n <= len(fields) {
		return &resp.TypeError{Want: "all that belongs to a role", Got: resp.KindArray}
	}
	for i := range n - 1 {
		if i < len(fields) {
			err = readInto(d, fields[i])
		} else {
			var extra Value
			err = decodeValue(d, &extra)
			v.Extra = append(v.Extra, extra)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// decodeDebugObject reads "Value at:0x7f... refcount:1 ...".
func decodeDebugObject(d *reply, v *DebugObject) error {
	text, err := d.Text()
	if err != nil {
		return err
	}
	fields, ok := strings.CutPrefix(text, "Value ")
	if !ok {
		return &resp.TypeError{Want: "a description of a value", Got: resp.KindStatus}
	}
	linesInto(strings.Fields(fields), ":", v)
	for name, value := range v.Extra {
		v.Extra[name] = infoScalar(value.text)
	}
	return nil
}

func decodeChannelCounts(d *reply, v *[]ChannelCount) error {
	n, err := d.MapLen()
	if err != nil {
		return err
	}
	list := make([]ChannelCount, n)
	for i := range list {
		if list[i].Channel, err = d.UserText(); err != nil {
			return err
		}
		if list[i].Count, err = d.Int(); err != nil {
			return err
		}
	}
	*v = list
	return nil
}
