//go:build two

package main

import (
	"crypto/sha256"
	"slices"
)

// Version 2 cuts by content: a chunk ends where a rolling hash has zeros.
func kept(data []byte) map[[32]byte][]int {
	seen := map[[32]byte][]int{}
	first, rolling := 0, uint32(0)
	for at, c := range data {
		rolling = rolling<<1 + uint32(c)*0x9e3779b1
		if rolling>>22 == 0 || at-first > 4096 {
			sum := sha256.Sum256(data[first : at+1])
			seen[sum] = append(seen[sum], first)
			first = at + 1
		}
	}
	for _, places := range seen {
		slices.Sort(places)
	}
	return seen
}
