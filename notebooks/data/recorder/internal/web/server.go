// Package web serves the shop over HTTP: the endpoints, and around each of them
// the layers that every request passes (access log, labels, compression).
package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strconv"

	"shop/internal/cache"
	"shop/internal/cart"
	"shop/internal/catalog"
	"shop/internal/checkout"
	"shop/internal/rank"
	"shop/internal/recommend"
)

// Server answers requests. All pods hold the same catalogue.
type Server struct {
	catalog   *catalog.Catalog
	recommend *recommend.Recommender
	carts     *cart.Store
	desk      *checkout.Desk
	pages     *cache.Store
	log       *accessLog
}

// Settings are what differs from pod to pod.
type Settings struct {
	Release    int // 1 or 2
	CacheLimit int // pages; 0 means no limit
}

// NewServer stocks a shop.
func NewServer(settings Settings) *Server {
	const products, seed, packers = 4000, 20, 4
	c := catalog.New(products, seed)
	return &Server{
		catalog:   c,
		recommend: recommend.New(c.Products, seed, settings.Release),
		carts:     cart.NewStore(c),
		desk:      checkout.NewDesk(c, packers),
		pages:     cache.NewStore(settings.CacheLimit),
		log:       newAccessLog(),
	}
}

// Handler is the whole service.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /search", labelled(s.search))
	mux.Handle("GET /categories", labelled(s.categories))
	mux.Handle("GET /recommendations", labelled(s.recommendations))
	mux.Handle("POST /cart", labelled(s.addToCart))
	mux.Handle("POST /checkout", labelled(s.pay))
	return s.log.around(compressed(mux))
}

// search ranks what the query finds; a visitor who asks again gets the page from the cache.
func (s *Server) search(w http.ResponseWriter, r *http.Request) {
	text := r.FormValue("q")
	key := fmt.Sprintf("%d %t %s", user(r), newRanker(r), text)
	if page, found := s.pages.Get(key); found {
		write(w, page)
		return
	}
	words := catalog.ParseQuery(text)
	hits := rank.NewScorer(words, newRanker(r)).Best(s.catalog.Find(words, 600), 24)
	page, err := json.Marshal(hits)
	if err != nil {
		fail(w, err)
		return
	}
	s.pages.Put(key, page)
	write(w, page)
}

// categories shows the shelves that have what the visitor looks for.
func (s *Server) categories(w http.ResponseWriter, r *http.Request) {
	name, err := regexp.Compile(`\b` + regexp.QuoteMeta(r.FormValue("q")) + `\b`)
	if err != nil {
		fail(w, err)
		return
	}
	writeJSON(w, s.catalog.Root.Browse(name))
}

// recent is how many products of the cart recommendations start from, beside the one in view.
const recent = 1

// recommendations are ranked by name, too, so that they look alike on one page.
func (s *Server) recommendations(w http.ResponseWriter, r *http.Request) {
	ids := s.carts.Products(user(r))
	ids = append(ids[max(0, len(ids)-recent):], number(r, "product"))
	candidates := s.recommend.For(ids, 200)
	products := make([]*catalog.Product, 0, len(candidates))
	for _, c := range candidates {
		products = append(products, c.Product)
	}
	words := catalog.ParseQuery(s.catalog.Products[ids[len(ids)-1]].Name)
	writeJSON(w, rank.NewScorer(words, newRanker(r)).Best(products, 12))
}

func (s *Server) addToCart(w http.ResponseWriter, r *http.Request) {
	page, err := s.carts.Add(user(r), number(r, "product"))
	if err != nil {
		fail(w, err)
		return
	}
	write(w, page)
}

func (s *Server) pay(w http.ResponseWriter, r *http.Request) {
	var order checkout.Order
	if err := json.NewDecoder(r.Body).Decode(&order); err != nil {
		fail(w, err)
		return
	}
	receipt, err := s.desk.Pay(order)
	if err != nil {
		fail(w, err)
		return
	}
	writeJSON(w, receipt)
}

// number reads a product id; anything else is product 0, which always exists.
func number(r *http.Request, name string) int {
	n, err := strconv.Atoi(r.FormValue(name))
	if err != nil {
		return 0
	}
	return n
}

func writeJSON(w http.ResponseWriter, answer any) {
	page, err := json.Marshal(answer)
	if err != nil {
		fail(w, err)
		return
	}
	write(w, page)
}

func write(w http.ResponseWriter, page []byte) {
	w.Header().Set("Content-Type", "application/json")
	// A visitor who has gone away is no error of ours.
	_, _ = w.Write(page)
}

func fail(w http.ResponseWriter, err error) {
	http.Error(w, err.Error(), http.StatusBadRequest)
}
