// Times Pyroscope's diff of two trees, as its own benchmark calls it.
//
// Usage: pyroscope-diff BEFORE AFTER. A file has a line per node in pre-order:
// depth, self value and name, with tabs between. Prints the seconds and the
// allocated bytes of one diff. It is one: a diff rewrites the trees it is given.
package main

import (
	"bufio"
	"fmt"
	"log"
	"os"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/grafana/pyroscope/pkg/model"
)

// What Pyroscope's benchmark keeps of the nodes.
const maxNodes = 163840

func main() {
	if len(os.Args) != 3 {
		log.Fatal("usage: pyroscope-diff BEFORE AFTER")
	}
	before, after := read(os.Args[1]), read(os.Args[2])
	runtime.GC()
	var start, end runtime.MemStats
	runtime.ReadMemStats(&start)
	begun := time.Now()
	diff, err := model.NewFlamegraphDiff(before, after, maxNodes)
	spent := time.Since(begun)
	runtime.ReadMemStats(&end)
	if err != nil {
		log.Fatal(err)
	}
	if diff.LeftTicks != before.Total() || diff.RightTicks != after.Total() {
		log.Fatal("the totals of the diff are not those of the trees")
	}
	fmt.Println(spent.Seconds(), end.TotalAlloc-start.TotalAlloc)
}

func read(path string) *model.Tree {
	file, err := os.Open(path)
	if err != nil {
		log.Fatal(err)
	}
	defer file.Close()
	tree := new(model.Tree)
	var stack []string
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		words := strings.SplitN(lines.Text(), "\t", 3)
		depth, err := strconv.Atoi(words[0])
		if err != nil {
			log.Fatal(err)
		}
		value, err := strconv.ParseInt(words[1], 10, 64)
		if err != nil {
			log.Fatal(err)
		}
		stack = append(stack[:depth-1], words[2])
		tree.InsertStack(value, stack...)
	}
	if err := lines.Err(); err != nil {
		log.Fatal(err)
	}
	return tree
}
