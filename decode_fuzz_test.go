package redpoll

import (
	"testing"

	"github.com/redpoll-go/redpoll/internal/decode"
	"github.com/redpoll-go/redpoll/internal/testkit"
	"github.com/redpoll-go/redpoll/resp"
)

func ftProfileDecoder(d *reply) (any, error) {
	v := new(FTProfile[FTSearchResult])
	err := ftSearchProfile(&FTSearchOptions{})(d, v)
	return v, err
}

// FuzzDecode gives every whole reply to every decode function: they may refuse it,
// and must neither panic nor read beyond it.
func FuzzDecode(f *testing.F) {
	for _, s := range []string{
		"+OK", "-ERR x", ":5", "$1 x", "$-1", "*-1", "_", ",1.5", "#t", "=5 txt:x", "*2 $1 a $1 b", "~1 $1 a", "%1 $1 f $1 v",
		"*2 *2 $1 a ,1 *2 $1 b ,2.5", "*2 $2 17 *1 $1 a", "*2 $1 k *1 *2 $1 a $1 1", "*3 $1 k $1 a $1 1", "*2 :3 $3 1.5",
		"%2 $7 matches *1 *3 *2 :4 :7 *2 :5 :8 :4 $3 len :6", "|1 $1 a $1 b :1", "*1 *1 *1 *0",
		"$8 [4,null]", "*2 *2 $1 a $1 b $-1", "%1 $1 a *2 ,1 $-1", "*1 *2 :1000 +1.5", "%1 $1 k *3 %1 $1 a $1 b %1 $7 sources *1 $1 k *1 *2 :1 ,1.5",
		"*1 *3 $1 k *1 *2 $10 __source__ $3 a,b *2 :1 +1.5", "*2 $5 rules *1 *4 $1 k :1 +AVG :0", "*2 :1 -ERR x", "%1 $5 rules %1 $1 k *3 :1 +AVG :0",
		// Search.
		"*3 :1 $1 a *2 $1 f $1 v", "%2 $13 total_results :1 $7 results *1 %1 $16 extra_attributes %1 $1 f $1 v", "*2 *2 :1 *2 $1 f $1 v :17",
		"*1 *3 $4 TERM $1 a *1 *2 ,1 $1 b", "%1 $10 attributes *1 *2 $4 type $3 TAG",
		"*1 *4 $1 m $3 1.5 :7 *2 $1 1 $1 2", "*1 *2 $1 s *1 *2 $3 1-0 *2 $1 f $1 v", "%1 $1 s *1 *4 $3 1-0 *-1 :5 :2",
		"*3 $3 0-0 *1 *2 $3 1-0 *2 $1 f $1 v *1 $3 2-0", "*4 :1 $3 1-0 $3 1-0 *1 *2 $1 c $1 1", "*1 *4 $3 1-0 $1 c :5 :1",
		"*4 $6 length :1 $6 groups *1 *2 $7 pending *1 *4 $3 1-0 $1 c :5 :1", "*2 *2 :0 $1 a *2 :5 $1 b",
	} {
		f.Add(testkit.Frame(s))
	}
	decoders := []unboxer{
		with(decode.OK), with(decode.Pong), with(decode.String), with(decode.Word), with(decode.Bytes), with(decodeLent), with(decode.Int),
		with(decode.Float), with(decode.Bool), with(decode.Moved), with(decode.Strings), with(decode.Words), with(decodeNulls),
		with(decode.BytesList), with(decode.Ints), with(decodeNullInts), with(decodeNullFloats), with(decode.Bools), with(decode.Map),
		with(decodeFields), with(decodeKeyValue), with(decodeKeyValues), with(decodeZ), with(decodeZs), with(decodeKeyZ),
		with(decodeKeyZs), with(decodeRankScore), with(decodePage), with(decodeFieldPage), with(decodeZPage), with(record[LCSMatches]),
		with(record[AOFAcks]), with(decodeTTL), with(decodePTTL), with(decodeTTLs), with(decodeSeconds), with(decodeExpireTime),
		with(decodePExpireTime), with(decodeExpireTimes), with(decodePExpireTimes), with(decode.Time),
		// JSON, vector sets, time series, Bloom and its relatives.
		with(decodeJSONTexts), with(decodeJSONInts), with(decodeJSONFloats), with(decodeJSONBools), with(decode.JSONTypes), func(d *reply) (any, error) { var v []Null[[]string]; return v, jsonKeys(".")(d, &v) },
		with(decodeVectorMatches), with(decode.FloatList), with(decodeRawVector), with(decode.Links), with(decodeZLinks), with(record[VectorSetInfo]),
		with(decode.Milli), with(decodeTSAdded), with(decodeTSSample), with(decodeTSSamples), with(decodeTSRows), with(decodeTSSeries), with(record[TSSeriesInfo]),
		with(decodeMarks), with(decodeInserted), with(decodeFilterChunk), with(decodeItemCounts), with(record[BloomInfo]), with(record[CuckooInfo]),
		with(record[CMSSketchInfo]), with(record[TopKListInfo]), with(record[TDigestSketchInfo]),
		// Search.
		with(ftLayout{}.decode), with(ftLayout{scores: true, payloads: true}.decode), ftProfileDecoder,
		with(decodeFTAggregate), with(decodeFTAggregateProfile), with(decodeFTRows), with(decodeFTIndex), with(decodeFTMisspelled),
		with(decode.FTSynonyms), with(decode.Settings), with(decodeFTSuggestions),
		// geo, streams, arrays
		with(record[[]Null[string]]), with(record[[]Null[GeoPoint]]), allLocations, with(decodeEntries), with(decodeStreams), with(decodeClaimed),
		with(decodeClaimedIDs), with(decodePending), with(record[[]PendingEntry]), with(record[StreamInfo]), with(record[StreamInfoFull]),
		with(record[[]GroupInfo]), with(record[[]ConsumerInfo]), with(decode.Index), with(decode.Indexes), with(decodeElements),
		with(record[ArrayInfo]), with(record[Increment]), with(record[FloatIncrement]),
	}
	decoders = append(decoders, adminDecoders...)
	f.Fuzz(func(t *testing.T, data []byte) {
		var s resp.Scanner
		s.Init(resp.Limits{})
		n, err := s.Scan(data)
		if err != nil || n == 0 {
			return
		}
		for _, text := range []TextEncoding{nil, UTF8Strict} {
			for _, decode := range decoders {
				_, _ = decode(&reply{Decoder: resp.NewDecoder(data[:n:n]), Encoding: text})
			}
		}
	})
}
