package clients

// UpsideDown is a text encoding that reverses the order of the bytes.
type UpsideDown struct{}

// AppendEncode writes s backwards.
func (UpsideDown) AppendEncode(dst []byte, s string) ([]byte, error) {
	for i := len(s) - 1; i >= 0; i-- {
		dst = append(dst, s[i])
	}
	return dst, nil
}

// AppendDecode is AppendEncode.
func (u UpsideDown) AppendDecode(dst, raw []byte) ([]byte, error) {
	return u.AppendEncode(dst, string(raw))
}
