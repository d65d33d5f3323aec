// Orders matches buyers with sellers for a few seconds and writes what Go's
// runtime/pprof records of it into a folder: CPU, heap (twice), mutex, block,
// goroutine. The program is small, so that its profiles are, and it has what profilers
// find hard: recursion, closures, generics, inlined calls, labels, and two waits.
package main

import (
	"context"
	"fmt"
	"hash/fnv"
	"log"
	"os"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"sort"
	"sync"
	"time"
)

type order struct {
	price  int
	amount int
	note   string
}

// node is a tree of orders by price.
type node struct {
	order       order
	left, right *node
}

func (n *node) insert(o order) *node {
	if n == nil {
		return &node{order: o}
	}
	if less(o, n.order) {
		n.left = n.left.insert(o)
	} else {
		n.right = n.right.insert(o)
	}
	return n
}

// visit calls f for each order from the lowest price to the highest.
func (n *node) visit(f func(order)) {
	if n == nil {
		return
	}
	n.left.visit(f)
	f(n.order)
	n.right.visit(f)
}

func less(a, b order) bool { return a.price < b.price }

// even and odd call each other: a recursion over two functions.
func even(n int) int {
	if n == 0 {
		return 1
	}
	return spin(n) + odd(n-1)
}

func odd(n int) int {
	if n == 0 {
		return 0
	}
	return spin(n) - even(n-1)
}

//go:noinline
func spin(n int) int {
	hash := fnv.New64a()
	for i := range 40 {
		fmt.Fprint(hash, n*i)
	}
	return int(hash.Sum64() >> 60)
}

func largest[T any](values []T, above func(a, b T) bool) T {
	sort.Slice(values, func(i, j int) bool { return above(values[i], values[j]) })
	return values[0]
}

// book is shared by all traders, and its lock is held for long.
type book struct {
	mutex sync.Mutex
	kept  [][]byte
	sum   int
}

func (b *book) add(n int) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	b.kept = append(b.kept, make([]byte, 4096))
	if len(b.kept) > 2000 {
		b.kept = b.kept[1000:]
	}
	b.sum += even(n % 30)
}

func trade(b *book, seed int) {
	var root *node
	values := make([]int, 0, 500)
	for i := range 500 {
		seed = seed*1103515245 + 12345
		price := seed >> 16 & 0x3fff
		root = root.insert(order{price, i, fmt.Sprintf("order %d", i)})
		values = append(values, price)
	}
	total := 0
	root.visit(func(o order) { total += o.price * o.amount })
	total += largest(values, func(a, b int) bool { return a > b })
	b.add(total & 0xff)
}

// trader works under labels of its own until the end.
func trader(b *book, market, side string, done <-chan struct{}, ready chan<- int) {
	labels := pprof.Labels("market", market, "side", side)
	pprof.Do(context.Background(), labels, func(context.Context) {
		for seed := len(market); ; seed++ {
			select {
			case <-done:
				return
			case ready <- seed:
			}
			trade(b, seed)
		}
	})
}

func save(folder, name, file string) {
	out, err := os.Create(filepath.Join(folder, file))
	if err != nil {
		log.Fatal(err)
	}
	if err := pprof.Lookup(name).WriteTo(out, 0); err != nil {
		log.Fatal(err)
	}
	if err := out.Close(); err != nil {
		log.Fatal(err)
	}
}

func main() {
	folder := os.Args[1]
	runtime.MemProfileRate = 32 << 10
	runtime.SetMutexProfileFraction(1)
	runtime.SetBlockProfileRate(100_000)

	var b book
	done, ready := make(chan struct{}), make(chan int)
	for _, market := range []string{"north", "south"} {
		for _, side := range []string{"buy", "sell"} {
			go trader(&b, market, side, done, ready)
		}
	}
	go func() {
		for range ready {
		}
	}()

	out, err := os.Create(filepath.Join(folder, "cpu.pb.gz"))
	if err != nil {
		log.Fatal(err)
	}
	if err := pprof.StartCPUProfile(out); err != nil {
		log.Fatal(err)
	}
	time.Sleep(1500 * time.Millisecond)
	runtime.GC()
	save(folder, "heap", "heap-1.pb.gz")
	time.Sleep(1500 * time.Millisecond)
	pprof.StopCPUProfile()
	if err := out.Close(); err != nil {
		log.Fatal(err)
	}
	runtime.GC()
	save(folder, "heap", "heap-2.pb.gz")
	save(folder, "mutex", "mutex.pb.gz")
	save(folder, "block", "block.pb.gz")
	save(folder, "goroutine", "goroutine.pb.gz")
	close(done)
}
