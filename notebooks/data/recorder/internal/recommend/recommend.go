// Package recommend finds what else a visitor may want: products that were
// bought together with those in the cart, and with those in turn.
package recommend

import (
	"math/rand/v2"
	"sort"

	"shop/internal/catalog"
)

// neighbours is how many products each product is known to be bought with.
const neighbours = 24

// Recommender knows which products are bought together.
type Recommender struct {
	release  int
	products []*catalog.Product
	together [][]int
}

// Candidate is a product with the weight of the paths that lead to it.
type Candidate struct {
	Product *catalog.Product `json:"product"`
	Weight  float64          `json:"weight"`
}

// New makes up who buys what with what; the same seed gives the same answer.
func New(products []*catalog.Product, seed uint64, release int) *Recommender {
	random := rand.New(rand.NewPCG(seed, 2))
	r := &Recommender{release: release, products: products, together: make([][]int, len(products))}
	for id := range products {
		for range neighbours {
			r.together[id] = append(r.together[id], random.IntN(len(products)))
		}
	}
	return r
}

// For returns the n most likely companions of the products in a cart.
func (r *Recommender) For(cart []int, n int) []Candidate {
	found := distinct(r.reach(cart), r.release)
	sort.Slice(found, func(i, j int) bool {
		if found[i].Weight != found[j].Weight {
			return found[i].Weight > found[j].Weight
		}
		return found[i].Product.ID < found[j].Product.ID
	})
	return found[:min(n, len(found))]
}

// reach follows two steps of "bought together"; a product that several paths
// lead to is there several times.
//
//go:noinline
func (r *Recommender) reach(cart []int) []Candidate {
	var found []Candidate
	for _, id := range cart {
		for _, near := range r.together[id] {
			found = append(found, Candidate{r.products[near], 1})
			for _, far := range r.together[near] {
				found = append(found, Candidate{r.products[far], 0.3})
			}
		}
	}
	return found
}

// distinct keeps each product once, with the sum of its weights, in the order of
// first sight.
//
// This is the slowdown that version 2 was released with: version 1 finds the
// earlier sight of a product in a map, version 2 saved the map and scans what it
// has kept so far, which is quadratic in the number of candidates.
//
//go:noinline
func distinct(found []Candidate, release int) []Candidate {
	kept := make([]Candidate, 0, len(found))
	if release == 1 {
		place := make(map[int]int, len(found))
		for _, c := range found {
			if at, seen := place[c.Product.ID]; seen {
				kept[at].Weight += c.Weight
				continue
			}
			place[c.Product.ID] = len(kept)
			kept = append(kept, c)
		}
		return kept
	}
next:
	for _, c := range found {
		for at := range kept {
			if kept[at].Product.ID == c.Product.ID {
				kept[at].Weight += c.Weight
				continue next
			}
		}
		kept = append(kept, c)
	}
	return kept
}
