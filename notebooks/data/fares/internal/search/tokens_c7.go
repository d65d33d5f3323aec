//go:build c7

package search

import "strings"

// tokens cuts a text into words.
func tokens(text string) []string {
	isBetween := func(r rune) bool { return r != '\'' && (r < 'a' || r > 'z') }
	return strings.FieldsFunc(strings.ToLower(text), isBetween)
}
