// Command batch is the neighbour on one of the nodes: every two minutes it packs yesterday's logs
// for half a minute, with all the CPU time that it can get.
package main

import (
	"compress/gzip"
	"flag"
	"fmt"
	"io"
	"log"
	"net/http"
	_ "net/http/pprof"
	"time"
)

func main() {
	address := flag.String("listen", "127.0.0.1:0", "where to serve")
	flag.Parse()
	go func() { log.Fatal(http.ListenAndServe(*address, nil)) }()
	for {
		time.Sleep(90 * time.Second)
		for end := time.Now().Add(30 * time.Second); time.Now().Before(end); {
			pack()
		}
	}
}

func pack() {
	packed := gzip.NewWriter(io.Discard)
	for line := range 20000 {
		fmt.Fprintf(packed, "%d GET /search?text=berlin+rome&n=%d 200 %dms\n", line, line*7919, line%97)
	}
	packed.Close()
}
