package redpoll

import (
	"testing"

	"github.com/redpoll-go/redpoll/resp"
)

// FuzzDecode gives every whole reply to every decode function: they may refuse it,
// and must neither panic nor read beyond it.
func FuzzDecode(f *testing.F) {
	for _, s := range []string{
		"+OK", "-ERR x", ":5", "$1 x", "$-1", "*-1", "_", ",1.5", "#t", "=5 txt:x", "*2 $1 a $1 b", "~1 $1 a", "%1 $1 f $1 v",
		"*2 *2 $1 a ,1 *2 $1 b ,2.5", "*2 $2 17 *1 $1 a", "*2 $1 k *1 *2 $1 a $1 1", "*3 $1 k $1 a $1 1", "*2 :3 $3 1.5",
		"%2 $7 matches *1 *3 *2 :4 :7 *2 :5 :8 :4 $3 len :6", "|1 $1 a $1 b :1", "*1 *1 *1 *0",
	} {
		f.Add(frame(s))
	}
	decoders := []func(d *reply) (any, error){
		with(decodeOK), with(decodePong), with(decodeString), with(decodeWord), with(decodeBytes), with(decodeLent), with(decodeInt),
		with(decodeFloat), with(decodeBool), with(decodeMoved), with(decodeStrings), with(decodeWords), with(decodeNulls),
		with(decodeBytesList), with(decodeInts), with(decodeNullInts), with(decodeNullFloats), with(decodeBools), with(decodeMap),
		with(decodeFields), with(decodeKeyValue), with(decodeKeyValues), with(decodeZ), with(decodeZs), with(decodeKeyZ),
		with(decodeKeyZs), with(decodeRankScore), with(decodePage), with(decodeFieldPage), with(decodeZPage), with(decodeLCS),
		with(decodeAOFAcks), with(decodeTTL), with(decodePTTL), with(decodeTTLs), with(decodeSeconds), with(decodeExpireTime),
		with(decodePExpireTime), with(decodeExpireTimes), with(decodePExpireTimes), with(decodeTime),
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
				_, _ = decode(&reply{Decoder: resp.NewDecoder(data[:n:n]), text: text})
			}
		}
	})
}
