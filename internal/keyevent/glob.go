package keyevent

// Fits reports whether a text fits a glob-style pattern, by the rules of the server.
func Fits(glob, text string) bool {
	// The last asterisk decides: what stands behind it, and the text that is left if it takes nothing more.
	var behind, left string
	starred := false
	for {
		if glob != "" && glob[0] == '*' {
			glob = glob[1:]
			behind, left, starred = glob, text, true
			continue
		}
		if glob == "" && text == "" {
			return true
		}
		if glob != "" && text != "" {
			if rest, ok := fitsByte(glob, text[0]); ok {
				glob, text = rest, text[1:]
				continue
			}
		}
		if !starred || left == "" {
			return false
		}
		left = left[1:]
		glob, text = behind, left
	}
}

// fitsByte reports whether the first element of a pattern, which is not an asterisk, fits a byte. It gives
// the rest of the pattern.
func fitsByte(glob string, b byte) (rest string, ok bool) {
	switch {
	case glob[0] == '?':
		return glob[1:], true
	case glob[0] == '[':
		return fitsSet(glob[1:], b)
	case glob[0] == '\\' && len(glob) > 1:
		glob = glob[1:]
	}
	return glob[1:], glob[0] == b
}

// fitsSet is fitsByte for a set, given without its opening bracket. A set without an end reaches to the end
// of the pattern.
func fitsSet(glob string, b byte) (rest string, ok bool) {
	not := glob != "" && glob[0] == '^'
	if not {
		glob = glob[1:]
	}
	in := false
	for glob != "" && glob[0] != ']' {
		switch {
		case glob[0] == '\\' && len(glob) > 1:
			in = in || glob[1] == b
			glob = glob[2:]
		case len(glob) > 2 && glob[1] == '-':
			low, high := min(glob[0], glob[2]), max(glob[0], glob[2])
			in = in || low <= b && b <= high
			glob = glob[3:]
		default:
			in = in || glob[0] == b
			glob = glob[1:]
		}
	}
	if glob != "" {
		glob = glob[1:]
	}
	return glob, in != not
}
