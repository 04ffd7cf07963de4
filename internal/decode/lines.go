package decode

import "strings"

// Split cuts text at each of the characters of at, and leaves out empty parts.
func Split(text, at string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(at, r) })
}

// ClientFields cuts a line of CLIENT LIST into its fields, each with its name: "id=7", "addr=/tmp/a
// b.sock:0".
func ClientFields(line string) []string {
	var fields []string
	for _, part := range strings.Split(strings.TrimRight(line, " "), " ") {
		if last := len(fields) - 1; last >= 0 && belongs(fields[last], part) {
			fields[last] += " " + part
		} else {
			fields = append(fields, part)
		}
	}
	return fields
}

// belongs reports whether the text behind a field and a blank still belongs to the field's value. The server
// replaces nothing in the path of a unix socket, which is an address; names of users and connections have no
// ASCII blank. An address ends with its port, which a socket has as well (0), and no field other than the two
// address fields has a value of this form.
func belongs(field, next string) bool {
	word, _, isField := strings.Cut(next, "=")
	name, value, _ := strings.Cut(field, "=")
	if !isField || name != "addr" && name != "laddr" {
		return !isField
	}
	port := value[strings.LastIndexByte(value, ':')+1:]
	ended := port != "" && strings.Trim(port, "0123456789") == ""
	return !ended && word != "laddr" && word != "fd"
}
