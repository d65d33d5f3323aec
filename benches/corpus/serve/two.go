//go:build two

package main

import (
	"io"
	"log/slog"
	"net/http"
	"regexp"
	"strings"
	"time"
)

// Version 2 logs requests and searches with patterns.
func layered(handler http.Handler) http.Handler {
	logger := slog.New(slog.NewJSONHandler(io.Discard, nil))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		begun := time.Now()
		handler.ServeHTTP(w, r)
		logger.Info("request", "path", r.URL.Path, "query", r.URL.Query(), "took", time.Since(begun))
	})
}

func matching(products []*product, words string) []*product {
	pattern := regexp.MustCompile("(?i)" + strings.ReplaceAll(regexp.QuoteMeta(words), " ", ".*"))
	var found []*product
	for _, product := range products {
		text := strings.Join(append(product.Tags, product.Name), " ")
		if pattern.MatchString(text) {
			found = append(found, product)
		}
	}
	return found
}
