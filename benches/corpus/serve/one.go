//go:build !two

package main

import (
	"net/http"
	"strings"
)

func layered(handler http.Handler) http.Handler { return handler }

func matching(products []*product, words string) []*product {
	var found []*product
	for _, product := range products {
		if strings.Contains(strings.ToLower(product.Name), strings.ToLower(words)) {
			found = append(found, product)
		}
	}
	return found
}
