//go:build !two

package main

import "bytes"

func kept(data []byte) map[string]int {
	seen := map[string]int{}
	for _, line := range bytes.Split(data, []byte("\n")) {
		seen[string(line)]++
	}
	return seen
}
