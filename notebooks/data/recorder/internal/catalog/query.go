package catalog

import (
	"regexp"
	"strings"
)

var (
	word     = regexp.MustCompile(`[a-z]+`)
	synonyms = regexp.MustCompile(`\b(jug|mug|cup|seat|stool|rug|throw|bike)\b`)
	means    = map[string]string{
		"jug": "bottle", "cup": "mug", "seat": "chair", "stool": "chair",
		"rug": "blanket", "throw": "blanket", "bike": "bicycle",
	}
)

// ParseQuery turns what a visitor typed into the words to look for.
func ParseQuery(text string) []string {
	text = synonyms.ReplaceAllStringFunc(strings.ToLower(text), func(found string) string {
		if canonical, known := means[found]; known {
			return canonical
		}
		return found
	})
	return word.FindAllString(text, -1)
}

// Find returns the products that have at least one of the words, each once.
func (c *Catalog) Find(words []string, limit int) []*Product {
	seen := map[int]bool{}
	var found []*Product
	for _, w := range words {
		for _, id := range c.postings[w] {
			if len(found) == limit {
				return found
			}
			if !seen[id] {
				seen[id] = true
				found = append(found, c.Products[id])
			}
		}
	}
	return found
}

// index lists, for each word of a product's name, the products that have it.
func (c *Catalog) index() {
	for _, p := range c.Products {
		for _, w := range strings.Fields(p.Name) {
			c.postings[w] = append(c.postings[w], p.ID)
		}
	}
}
