// Package traffic sends a shop the visitors of an ordinary day: a fixed rate of
// requests that does not slow down when the shop does (an open loop), so that a
// version that needs more CPU time for the same work shows it.
package traffic

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"time"
)

const (
	visitors = 20_000
	shoppers = 100
	products = 4_000
	timeout  = 20 * time.Second
)

var words = strings.Fields("red blue green small classic modern wooden steel travel garden lamp chair kettle jug cup seat rug throw bike tent knife shelf clock basket")

// Report counts what became of the requests.
type Report struct {
	Sent, Failed int
}

// Send sends about rate requests a second to base until the context ends. The
// gaps between them are random (a Poisson process), and one seed makes one
// sequence of requests: every pod gets the same work.
func Send(ctx context.Context, base string, rate float64, seed uint64) Report {
	random := rand.New(rand.NewPCG(seed, 3))
	client := &http.Client{Timeout: timeout, Transport: &http.Transport{MaxIdleConnsPerHost: 16}}
	var (
		report  Report
		mu      sync.Mutex
		waiting sync.WaitGroup
	)
	due := time.Now()
	for {
		due = due.Add(time.Duration(random.ExpFloat64() / rate * float64(time.Second)))
		request := newRequest(base, random)
		select {
		case <-ctx.Done():
			waiting.Wait()
			return report
		case <-time.After(time.Until(due)):
		}
		waiting.Add(1)
		go func() {
			defer waiting.Done()
			err := send(client, request)
			mu.Lock()
			defer mu.Unlock()
			report.Sent++
			if err != nil {
				report.Failed++
			}
		}()
	}
}

// newRequest picks an endpoint by how often visitors use it.
func newRequest(base string, random *rand.Rand) *http.Request {
	user, product := random.IntN(visitors), random.IntN(products)
	word := func() string { return words[random.IntN(len(words))] }
	method, path, body := http.MethodGet, "", ""
	switch dice := random.IntN(100); {
	case dice < 40:
		path = fmt.Sprintf("/search?q=%s+%s+%s", word(), word(), word())
	case dice < 65:
		path = fmt.Sprintf("/recommendations?product=%d", product)
	case dice < 75:
		path = fmt.Sprintf("/categories?q=%s", word())
	case dice < 90:
		method, path = http.MethodPost, fmt.Sprintf("/cart?product=%d", product)
	default:
		method, path, body = http.MethodPost, "/checkout", order(user, random)
	}
	request, err := http.NewRequest(method, base+path, bytes.NewBufferString(body))
	if err != nil {
		panic(err) // Every address above is well formed.
	}
	// Few visitors have a cart, so that carts are full before the recording starts.
	if strings.HasPrefix(path, "/cart") || strings.HasPrefix(path, "/recommendations") {
		user %= shoppers
	}
	request.Header.Set("X-User", fmt.Sprint(user))
	return request
}

func order(user int, random *rand.Rand) string {
	type item struct {
		Product int `json:"product"`
		Count   int `json:"count"`
	}
	var items []item
	for range 1 + random.IntN(8) {
		items = append(items, item{random.IntN(products), 1 + random.IntN(3)})
	}
	text, err := json.Marshal(map[string]any{
		"user": user, "items": items, "coupons": []string{"SPRING-10-ABCDEF", "nonsense"},
	})
	if err != nil {
		panic(err) // Numbers and strings always encode.
	}
	return string(text)
}

func send(client *http.Client, request *http.Request) error {
	answer, err := client.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if _, err := io.Copy(io.Discard, answer.Body); err != nil {
		return err
	}
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", request.URL.Path, answer.Status)
	}
	return nil
}
