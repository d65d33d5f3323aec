//go:build !c7

package search

import (
	"regexp"
	"strings"
)

var word = regexp.MustCompile(`(?i)[a-z][a-z']*`)

// tokens cuts a text into words.
func tokens(text string) []string {
	found := word.FindAllString(text, -1)
	for i := range found {
		found[i] = strings.ToLower(found[i])
	}
	return found
}
