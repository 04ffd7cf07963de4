package main

import (
	"bytes"
	"fmt"
	"strings"
	"unicode"
)

// bulks returns words as bulk strings of the protocol.
func bulks(words []string) string {
	var b strings.Builder
	for _, w := range words {
		fmt.Fprintf(&b, "$%d\r\n%s\r\n", len(w), w)
	}
	return b.String()
}

// lowerFirst makes a name unexported. ZAddOption becomes zAddOption, and LCSOption becomes lcsOption.
func lowerFirst(s string) string {
	n := 1
	for n < len(s) && unicode.IsUpper(rune(s[n])) && (n+1 == len(s) || unicode.IsUpper(rune(s[n+1]))) {
		n++
	}
	return strings.ToLower(s[:n]) + s[n:]
}

// writeComment writes text as a comment of short lines. A "\n" in the text starts a new paragraph.
func writeComment(b *bytes.Buffer, text string) {
	for i, paragraph := range strings.Split(text, "\n") {
		if i > 0 {
			b.WriteString("//\n")
		}
		line := "//"
		for _, w := range strings.Fields(paragraph) {
			if len(line)+1+len(w) > 78 {
				b.WriteString(line + "\n")
				line = "//"
			}
			line += " " + w
		}
		b.WriteString(line + "\n")
	}
}
