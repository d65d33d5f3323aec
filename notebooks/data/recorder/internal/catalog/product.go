// Package catalog holds what the shop sells: products, the tree of categories
// they hang in, and the index that finds them by word.
package catalog

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// Product is one article. ID is its position in Catalog.Products.
type Product struct {
	ID          int      `json:"id"`
	Name        string   `json:"name"`
	Description string   `json:"description"`
	Cents       int64    `json:"cents"`
	Tags        []string `json:"tags"`

	// Words are those of the name and the description, in lower case, for ranking.
	Words []string `json:"-"`
}

// Catalog is everything on sale. It is built once and only read afterwards.
type Catalog struct {
	Products []*Product
	Root     *Category

	postings map[string][]int
}

var (
	adjectives = strings.Fields("red blue green small large light heavy classic modern quiet warm soft solid folding wooden steel cotton woollen travel garden")
	nouns      = strings.Fields("lamp chair table kettle bottle blanket jacket tent knife pan mug shelf clock radio bicycle basket mirror ladder drill brush")
	fillers    = strings.Fields("with for and made in the style of every day use easy to clean built to last our own workshop carefully tested by hand")
)

// New makes a catalogue of n products; the same seed gives the same catalogue,
// so that every pod serves the same shop.
func New(n int, seed uint64) *Catalog {
	random := rand.New(rand.NewPCG(seed, 1))
	c := &Catalog{postings: map[string][]int{}}
	for id := range n {
		c.Products = append(c.Products, newProduct(id, random))
	}
	c.index()
	c.Root = newCategory("all", c.Products, 0)
	return c
}

func newProduct(id int, random *rand.Rand) *Product {
	pick := func(words []string) string { return words[random.IntN(len(words))] }
	p := &Product{
		ID:    id,
		Name:  fmt.Sprintf("%s %s %s", pick(adjectives), pick(adjectives), pick(nouns)),
		Cents: int64(500 + random.IntN(20000)),
		Tags:  []string{pick(adjectives), pick(nouns)},
	}
	var text []string
	for range 24 {
		text = append(text, pick(fillers), pick(adjectives))
	}
	p.Description = strings.Join(text, " ")
	p.Words = strings.Fields(strings.ToLower(p.Name + " " + p.Description))
	return p
}
