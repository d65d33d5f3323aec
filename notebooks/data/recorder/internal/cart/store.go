// Package cart keeps what each visitor has put aside.
package cart

import (
	"encoding/json"
	"errors"
	"slices"
	"sync"

	"shop/internal/catalog"
)

// mostLines bounds a cart, so that carts do not grow with the time a pod is up.
const mostLines = 6

// ErrUnknownProduct says that a visitor asked for something we do not sell.
var ErrUnknownProduct = errors.New("cart: unknown product")

// Line is a product and how many of it.
type Line struct {
	Product *catalog.Product `json:"product"`
	Count   int              `json:"count"`
}

// Store holds the carts of all visitors behind one lock.
type Store struct {
	catalog *catalog.Catalog

	mu    sync.Mutex
	carts map[int][]Line
}

// NewStore makes a store without carts.
func NewStore(c *catalog.Catalog) *Store {
	return &Store{catalog: c, carts: map[int][]Line{}}
}

// Add puts a product into a visitor's cart and returns the cart as JSON. The
// oldest line gives way when the cart is full.
//
// The cart is rendered under the lock, as one finds it in many a real service, so
// that visitors wait for each other: the mutex profile shows it.
func (s *Store) Add(user, product int) ([]byte, error) {
	if product < 0 || product >= len(s.catalog.Products) {
		return nil, ErrUnknownProduct
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	lines := add(s.carts[user], s.catalog.Products[product])
	s.carts[user] = lines
	return json.Marshal(lines)
}

// Products returns the ids in a visitor's cart.
func (s *Store) Products(user int) []int {
	s.mu.Lock()
	defer s.mu.Unlock()
	var ids []int
	for _, line := range s.carts[user] {
		ids = append(ids, line.Product.ID)
	}
	return ids
}

func add(lines []Line, p *catalog.Product) []Line {
	if at := slices.IndexFunc(lines, func(l Line) bool { return l.Product.ID == p.ID }); at >= 0 {
		lines[at].Count++
		return lines
	}
	if len(lines) == mostLines {
		lines = slices.Delete(lines, 0, 1)
	}
	return append(lines, Line{p, 1})
}
