package web

import (
	"compress/gzip"
	"context"
	"io"
	"net/http"
	"runtime/pprof"
	"strconv"
	"strings"
	"sync"
	"time"
)

// labelled runs a handler under the labels that its samples carry: the endpoint,
// and the value the feature flag has for this request.
//
// The layers are kept from inlining so that all endpoints share one frame for each.
//
//go:noinline
func labelled(handler http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		labels := pprof.Labels("endpoint", r.URL.Path, "flag_new_ranker", onOff(newRanker(r)))
		pprof.Do(r.Context(), labels, func(ctx context.Context) {
			handler(w, r.WithContext(ctx))
		})
	})
}

// newRanker is the feature flag: on for every second visitor.
func newRanker(r *http.Request) bool { return user(r)%2 == 1 }

func onOff(flag bool) string {
	if flag {
		return "on"
	}
	return "off"
}

// user is the visitor's number, 0 for one we do not know.
func user(r *http.Request) int {
	n, err := strconv.Atoi(r.Header.Get("X-User"))
	if err != nil {
		return 0
	}
	return n
}

var compressors = sync.Pool{New: func() any { return gzip.NewWriter(io.Discard) }}

// compressed gzips answers for clients that accept it.
//
//go:noinline
func compressed(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
			next.ServeHTTP(w, r)
			return
		}
		compressor := compressors.Get().(*gzip.Writer)
		defer compressors.Put(compressor)
		compressor.Reset(w)
		w.Header().Set("Content-Encoding", "gzip")
		next.ServeHTTP(&compressedWriter{w, compressor}, r)
		// A visitor who has gone away is no error of ours.
		_ = compressor.Close()
	})
}

type compressedWriter struct {
	http.ResponseWriter
	compressor *gzip.Writer
}

func (w *compressedWriter) Write(page []byte) (int, error) { return w.compressor.Write(page) }

// accessLog counts answers by path and by latency, in powers of two of a millisecond.
type accessLog struct {
	mu      sync.Mutex
	answers map[string][12]int
}

func newAccessLog() *accessLog { return &accessLog{answers: map[string][12]int{}} }

//go:noinline
func (l *accessLog) around(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		next.ServeHTTP(w, r)
		l.count(r.URL.Path, time.Since(start))
	})
}

func (l *accessLog) count(path string, took time.Duration) {
	bucket := 0
	for limit := time.Millisecond; took > limit && bucket < 11; limit *= 2 {
		bucket++
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	counts := l.answers[path]
	counts[bucket]++
	l.answers[path] = counts
}
