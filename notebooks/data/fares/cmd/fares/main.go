// Command fares is the service: it searches connections, quotes prices, sells and prints.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"log"
	"net/http"
	_ "net/http/pprof"
	"runtime"
	"runtime/pprof"
	"strconv"

	"fares/internal/export"
	"fares/internal/orders"
	"fares/internal/pricing"
	"fares/internal/search"
)

type server struct {
	index  *search.Index
	table  *pricing.Table
	ledger orders.Ledger
}

func main() {
	address := flag.String("listen", "127.0.0.1:0", "where to serve")
	flag.Parse()
	runtime.SetMutexProfileFraction(1)
	s := &server{index: search.NewIndex(), table: pricing.NewTable()}
	s.handle("/search", func(r *http.Request) any {
		return s.index.Find(r.FormValue("text"), r.FormValue("flag"))
	})
	s.handle("/quote", func(r *http.Request) any {
		return s.table.Quote(r.FormValue("connection"), 365)
	})
	s.handle("/buy", func(r *http.Request) any {
		return s.ledger.Buy(r.FormValue("connection"), 4200)
	})
	s.handle("/print", func(r *http.Request) any {
		wanted, _ := strconv.Atoi(r.FormValue("pages"))
		return export.Pages(r.FormValue("connection"), wanted)
	})
	log.Fatal(http.ListenAndServe(*address, nil))
}

// handle serves an endpoint, with its name and the traveller's feature flag on all samples.
func (s *server) handle(endpoint string, answer func(*http.Request) any) {
	http.HandleFunc(endpoint, func(w http.ResponseWriter, r *http.Request) {
		labels := pprof.Labels("endpoint", endpoint, "feature_flag", r.FormValue("flag"))
		pprof.Do(r.Context(), labels, func(context.Context) {
			json.NewEncoder(w).Encode(answer(r))
		})
	})
}
