// Package rank orders products by how well they answer a query. The new ranker,
// behind the feature flag new_ranker, also looks at how alike words are spelt.
package rank

import (
	"math"
	"sort"

	"shop/internal/catalog"
)

// Scorer scores products against the words of one query.
type Scorer struct {
	words    []string
	trigrams map[string]int // of the query; nil for the old ranker
}

// Hit is a product with its score; higher is better.
type Hit struct {
	Product *catalog.Product `json:"product"`
	Score   float64          `json:"score"`
}

// NewScorer prepares a query. newRanker is the feature flag's value.
func NewScorer(words []string, newRanker bool) *Scorer {
	s := &Scorer{words: words}
	if newRanker {
		s.trigrams = map[string]int{}
		for _, w := range words {
			countTrigrams(s.trigrams, w)
		}
	}
	return s
}

// Best returns the n best of the products, best first.
func (s *Scorer) Best(products []*catalog.Product, n int) []Hit {
	hits := make([]Hit, 0, len(products))
	for _, p := range products {
		hits = append(hits, Hit{p, s.Score(p)})
	}
	sort.Slice(hits, func(i, j int) bool {
		if hits[i].Score != hits[j].Score {
			return hits[i].Score > hits[j].Score
		}
		return hits[i].Product.ID < hits[j].Product.ID
	})
	return hits[:min(n, len(hits))]
}

// Score is the weight of the words a product shares with the query, those that
// come early counting more, and, with the new ranker, its likeness to the query.
func (s *Scorer) Score(p *catalog.Product) float64 {
	score := s.wordWeight(p)
	if s.trigrams != nil {
		score += s.likeness(p)
	}
	return score / math.Log(float64(1000+p.Cents))
}

//go:noinline
func (s *Scorer) wordWeight(p *catalog.Product) float64 {
	weight := 0.0
	for place, have := range p.Words {
		for _, want := range s.words {
			if have == want {
				weight += 1 / float64(1+place)
			}
		}
	}
	return weight
}

// likeness compares the trigrams of the name with those of the query (cosine).
func (s *Scorer) likeness(p *catalog.Product) float64 {
	counts := map[string]int{}
	countTrigrams(counts, p.Name)
	dot, norm := 0, 0
	for trigram, n := range counts {
		dot += n * s.trigrams[trigram]
		norm += n * n
	}
	return float64(dot) / math.Sqrt(float64(norm+1))
}

func countTrigrams(counts map[string]int, text string) {
	for i := 0; i+3 <= len(text); i++ {
		counts[text[i:i+3]]++
	}
}
