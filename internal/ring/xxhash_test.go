package ring

import "testing"

// The values are those of the reference implementation: its sanity checks, and well-known texts.
func TestSum64(t *testing.T) {
	t.Parallel()
	const prime = 2654435761
	sanity := make([]byte, 222)
	gen := uint64(prime)
	for i := range sanity {
		sanity[i] = byte(gen >> 56)
		gen *= 11400714785074694797
	}
	for _, c := range []struct {
		name string
		data []byte
		seed uint64
		want uint64
	}{
		{"nothing", nil, 0, 0xef46db3751d8e999},
		{"nothing, a seed", nil, prime, 0xac75fda2929b17ef},
		{"1 byte", sanity[:1], 0, 0xe934a84adb052768},
		{"1 byte, a seed", sanity[:1], prime, 0x5014607643a9b4c3},
		{"4 bytes", sanity[:4], 0, 0x9136a0dca57457ee},
		{"14 bytes", sanity[:14], 0, 0x8282dcc4994e35c8},
		{"14 bytes, a seed", sanity[:14], prime, 0xc3bd6bf63deb6df0},
		{"222 bytes", sanity, 0, 0xb641ae8cb691c174},
		{"222 bytes, a seed", sanity, prime, 0x20cb8ab7ae10c14a},
		{"a", []byte("a"), 0, 0xd24ec4f1a98c6e5b},
		{"abc", []byte("abc"), 0, 0x44bc2cf5ad770999},
		{"39 bytes", []byte("Nobody inspects the spammish repetition"), 0, 0xfbcea83c8a378bf1},
	} {
		if got := sum64(c.data, c.seed); got != c.want {
			t.Errorf("%s: %x, want %x", c.name, got, c.want)
		}
	}
}
