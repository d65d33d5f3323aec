// Package search finds the connections that fit what a traveller has typed.
package search

import (
	"fmt"
	"math"
	"sort"
	"strings"
)

// Index holds all connections, with the words that describe them.
type Index struct {
	connections []Connection
}

// Connection is a train from one place to another.
type Connection struct {
	Name  string
	Words map[string]int
	Hour  int
}

// Hit is a connection that fits, the best first.
type Hit struct {
	Connection string
	Score      float64
}

var places = strings.Fields("aberdeen bath berlin bern brest brno calais cardiff cologne crewe " +
	"derby dijon dover dresden edinburgh florence genoa ghent glasgow graz hamburg inverness kiel " +
	"leeds leipzig lille linz lyon metz milan munich nice oslo paris perth prague riga rome")

// NewIndex makes up the timetable.
func NewIndex() *Index {
	index := &Index{}
	for i, from := range places {
		for j, to := range places {
			if i == j || (i+j)%3 == 0 {
				continue
			}
			words := map[string]int{from: 3, to: 3, "express": i % 2, "night": j % 3, "direct": (i + j) % 2}
			index.connections = append(index.connections, Connection{
				Name: fmt.Sprintf("%s-%s", from, to), Words: words, Hour: (i*7 + j*3) % 24,
			})
		}
	}
	return index
}

// Find returns the best connections for a text.
func (index *Index) Find(text string, flag string) []Hit {
	words := distinct(tokens(text))
	hits := make([]Hit, 0, len(index.connections))
	for i := range index.connections {
		if score := index.score(&index.connections[i], words); score > 0 {
			hits = append(hits, Hit{index.connections[i].Name, score})
		}
	}
	sort.Slice(hits, func(a, b int) bool { return hits[a].Score > hits[b].Score })
	hits = hits[:min(100, len(hits))]
	if flag == "b" {
		index.spread(hits)
	}
	return hits[:min(10, len(hits))]
}

// distinct keeps each word once.
func distinct(words []string) []string {
	known := map[string]bool{}
	kept := words[:0]
	for _, word := range words {
		if !known[word] {
			known[word] = true
			kept = append(kept, word)
		}
	}
	return kept
}

func (index *Index) score(connection *Connection, words []string) float64 {
	score := 0.0
	for _, word := range words {
		score += float64(connection.Words[word])
	}
	return score
}

// spread is what the feature flag turns on: close hits are moved apart.
func (index *Index) spread(hits []Hit) {
	for i := range hits {
		for j := range hits {
			distance := hits[i].Score - hits[j].Score
			hits[i].Score += 0.001 * math.Exp(-distance*distance)
		}
	}
}
