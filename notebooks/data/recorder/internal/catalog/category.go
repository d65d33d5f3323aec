package catalog

import (
	"fmt"
	"regexp"
	"sort"
)

// fanOut and deepest give the category tree its shape: wide enough to be worth
// walking, deep enough that the walk shows as recursion in a profile.
const (
	fanOut  = 3
	deepest = 6
)

// Category is a node of the tree; products hang at its leaves.
type Category struct {
	Name     string
	Children []*Category
	Products []*Product
}

// Shelf is what a visitor sees of a category.
type Shelf struct {
	Name     string         `json:"name"`
	Products int            `json:"products"`
	Cheapest int64          `json:"cheapest"`
	Tags     map[string]int `json:"tags"`
	Shelves  []*Shelf       `json:"shelves,omitempty"`
}

func newCategory(name string, products []*Product, depth int) *Category {
	c := &Category{Name: name}
	if depth == deepest {
		c.Products = products
		return c
	}
	for child := range fanOut {
		from, to := child*len(products)/fanOut, (child+1)*len(products)/fanOut
		c.Children = append(c.Children, newCategory(fmt.Sprintf("%s/%d", name, child), products[from:to], depth+1))
	}
	return c
}

// Browse counts the products whose name matches, shelf by shelf, down to the
// leaves. Shelves without a match are left out.
func (c *Category) Browse(name *regexp.Regexp) *Shelf {
	shelf := &Shelf{Name: c.Name, Tags: map[string]int{}}
	for _, p := range c.Products {
		if name.MatchString(p.Name) {
			shelf.put(p)
		}
	}
	for _, child := range c.Children {
		if below := child.Browse(name); below.Products > 0 {
			shelf.merge(below)
		}
	}
	sort.Slice(shelf.Shelves, func(i, j int) bool { return shelf.Shelves[i].Products > shelf.Shelves[j].Products })
	return shelf
}

func (s *Shelf) put(p *Product) {
	if s.Products == 0 || p.Cents < s.Cheapest {
		s.Cheapest = p.Cents
	}
	s.Products++
	for _, tag := range p.Tags {
		s.Tags[tag]++
	}
}

func (s *Shelf) merge(below *Shelf) {
	if s.Products == 0 || below.Cheapest < s.Cheapest {
		s.Cheapest = below.Cheapest
	}
	s.Products += below.Products
	for tag, n := range below.Tags {
		s.Tags[tag] += n
	}
	s.Shelves = append(s.Shelves, below)
}
