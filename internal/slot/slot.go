// Package slot knows the hash slots of a cluster: which one a key belongs to, and which nodes own which.
package slot

import "bytes"

// Count is the number of slots.
const Count = 16384

// Tag returns what counts of a key: its hash tag, the text between the first opening brace and the next
// closing one, or the whole key if there is none or nothing in it.
func Tag(key []byte) []byte {
	if open := bytes.IndexByte(key, '{'); open >= 0 {
		if end := bytes.IndexByte(key[open+1:], '}'); end > 0 {
			return key[open+1 : open+1+end]
		}
	}
	return key
}

// Of returns the slot of a key, of which only the Tag counts.
func Of(key []byte) int {
	var sum uint16
	for _, b := range Tag(key) {
		sum = sum<<8 ^ table[byte(sum>>8)^b]
	}
	return int(sum % Count)
}

// table is that of CRC-16 with the polynomial 0x1021, by the byte that leaves the sum.
var table = func() (t [256]uint16) {
	for i := range t {
		sum := uint16(i) << 8
		for range 8 {
			high := sum&0x8000 != 0
			sum <<= 1
			if high {
				sum ^= 0x1021
			}
		}
		t[i] = sum
	}
	return t
}()
