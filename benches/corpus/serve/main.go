// Serve is a web service under load: JSON, templates, CSV, XML, tokens and pictures over
// HTTP. Its CPU samples have the label `endpoint`.
package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"html/template"
	"image"
	"image/color"
	"image/png"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"runtime/pprof"
	"sort"
	"strconv"
	"strings"

	"corpus/internal/record"
)

type product struct {
	ID     int               `json:"id" xml:"id,attr"`
	Name   string            `json:"name" xml:"name"`
	Price  float64           `json:"price" xml:"price"`
	Tags   []string          `json:"tags" xml:"tags>tag"`
	Rating map[string]int    `json:"rating" xml:"-"`
	Like   []*product        `json:"like,omitempty" xml:"like"`
	Extra  json.RawMessage   `json:"extra,omitempty" xml:"-"`
	Names  map[string]string `json:"names,omitempty" xml:"-"`
}

var shelf = stock(400)

func stock(count int) []*product {
	words := strings.Fields("red green blue small large old new cheap fine rare plain bright")
	products := make([]*product, count)
	for i := range products {
		tags := []string{words[i%12], words[i*7%11], words[i*5%9]}
		products[i] = &product{
			ID: i, Name: fmt.Sprintf("%s %s thing %d", tags[0], tags[1], i), Tags: tags,
			Price: float64(i*37%1000) / 8, Rating: map[string]int{"a": i % 5, "b": i % 7},
			Names: map[string]string{"en": "thing", "de": "Ding", "fr": "chose"},
		}
	}
	for i, p := range products {
		p.Like = []*product{copied(products[i*3%count]), copied(products[i*5%count])}
	}
	return products
}

func copied(from *product) *product {
	alone := *from
	alone.Like = nil
	return &alone
}

func search(w http.ResponseWriter, r *http.Request) {
	found := matching(shelf, r.FormValue("q"))
	sort.SliceStable(found, func(i, j int) bool { return found[i].Price < found[j].Price })
	answer(w, found[:min(len(found), 40)])
}

func answer(w http.ResponseWriter, value any) {
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(value); err != nil {
		log.Print(err)
	}
}

func cart(w http.ResponseWriter, r *http.Request) {
	var items []product
	if err := json.NewDecoder(r.Body).Decode(&items); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	total := 0.0
	for _, item := range items {
		total += item.Price
	}
	answer(w, map[string]any{"total": total, "items": items[:min(len(items), 5)], "count": len(items)})
}

var page = template.Must(template.New("page").Parse(`<html><title>{{.Title}}</title><ul>
{{range .Items}}<li id="p{{.ID}}" onclick="open({{.Name}})"><a href="/p?q={{.Name}}">{{.Name}}</a>
{{if gt .Price 20.0}}<b>{{printf "%.2f" .Price}}</b>{{else}}{{.Price}}{{end}}
{{range .Tags}}<i>{{.}}</i>{{end}}{{with .Names}}{{.de}}{{end}}</li>{{end}}</ul></html>`))

func list(w http.ResponseWriter, r *http.Request) {
	from, _ := strconv.Atoi(r.FormValue("from"))
	from %= len(shelf) - 50
	err := page.Execute(w, map[string]any{"Title": "Things & more", "Items": shelf[from : from+50]})
	if err != nil {
		log.Print(err)
	}
}

func export(w http.ResponseWriter, _ *http.Request) {
	packed := gzip.NewWriter(w)
	rows := csv.NewWriter(packed)
	for _, p := range shelf[:200] {
		rows.Write([]string{strconv.Itoa(p.ID), p.Name, strconv.FormatFloat(p.Price, 'f', 2, 64)})
	}
	rows.Flush()
	packed.Close()
}

func feed(w http.ResponseWriter, r *http.Request) {
	from, _ := strconv.Atoi(r.FormValue("from"))
	text, _ := xml.MarshalIndent(shelf[from%300:from%300+20], "", " ")
	var again []product
	decoder := xml.NewDecoder(bytes.NewReader(text))
	for {
		var one product
		if decoder.Decode(&one) != nil {
			break
		}
		again = append(again, one)
	}
	fmt.Fprintf(w, "%d %s", len(again), text)
}

func token(w http.ResponseWriter, r *http.Request) {
	sum := hmac.New(sha256.New, []byte("secret"))
	for range 200 {
		io.WriteString(sum, r.URL.RawQuery)
	}
	fmt.Fprint(w, base64.URLEncoding.EncodeToString(sum.Sum(nil)))
}

func chart(w http.ResponseWriter, r *http.Request) {
	seed, _ := strconv.Atoi(r.FormValue("from"))
	picture := image.NewRGBA(image.Rect(0, 0, 64, 64))
	for x := range 64 {
		for y := range 64 {
			picture.Set(x, y, color.RGBA{uint8(x * seed), uint8(y * 4), uint8(x ^ y), 255})
		}
	}
	png.Encode(w, picture)
}

func main() {
	mux := http.NewServeMux()
	for path, handler := range map[string]http.HandlerFunc{
		"/search": search, "/cart": cart, "/list": list, "/export": export, "/feed": feed,
		"/token": token, "/chart": chart,
	} {
		mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
			pprof.Do(r.Context(), pprof.Labels("endpoint", path), func(ctx context.Context) {
				handler(w, r.WithContext(ctx))
			})
		})
	}
	server := httptest.NewServer(layered(mux))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	body, _ := json.Marshal(shelf[:30])
	paths := []string{"/search", "/list", "/cart", "/export", "/search", "/feed", "/token", "/chart"}
	words := []string{"red", "thing", "blue small", "fine", "old", "1"}
	record.Main(func(number int) {
		asked := url.Values{"q": {words[number%6]}, "from": {strconv.Itoa(number)}}
		address := server.URL + paths[number%8] + "?" + asked.Encode()
		response, err := http.Post(address, "application/json", bytes.NewReader(body))
		if err != nil {
			log.Fatal(err)
		}
		io.Copy(io.Discard, response.Body)
		response.Body.Close()
	})
}
