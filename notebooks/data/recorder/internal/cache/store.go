// Package cache keeps rendered pages for visitors who come back.
package cache

import "sync"

// Store maps keys to pages and drops the oldest page when it is full.
//
// The limit is a setting. A limit of 0 means none, and then nothing is ever
// dropped: this is the leak of the pod that was started with -cache-limit=0.
type Store struct {
	limit int

	mu    sync.Mutex
	pages map[string][]byte
	order []string // keys, oldest first
}

// NewStore makes an empty store for limit pages.
func NewStore(limit int) *Store {
	return &Store{limit: limit, pages: map[string][]byte{}}
}

// Get returns the page of a key.
func (s *Store) Get(key string) ([]byte, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	page, found := s.pages[key]
	return page, found
}

// Put keeps a copy of the page.
//
//go:noinline
func (s *Store) Put(key string, page []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, found := s.pages[key]; found {
		return
	}
	s.pages[key] = append([]byte(nil), page...)
	s.order = append(s.order, key)
	for s.limit > 0 && len(s.order) > s.limit {
		delete(s.pages, s.order[0])
		s.order = s.order[1:]
	}
}
