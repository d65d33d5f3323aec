// Command shop is the service: it serves until its recording is complete.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"time"

	"shop/internal/recording"
	"shop/internal/web"
)

func main() {
	log.SetFlags(0)
	release := flag.Int("release", 1, "which version to be: 1 or 2")
	limit := flag.Int("cache-limit", 0, "how many pages to keep; 0 means no limit")
	folder := flag.String("profiles", "", "where to record")
	warmUp := flag.Duration("warm-up", 20*time.Second, "how long to serve before the recording starts")
	periods := flag.Int("periods", 24, "how many CPU profiles to record")
	flag.Parse()
	if *folder == "" {
		log.Fatal("shop: -profiles is missing")
	}
	if err := serve(web.Settings{Release: *release, CacheLimit: *limit}, *folder, *warmUp, *periods); err != nil {
		log.Fatal("shop: ", err)
	}
}

// serve prints the address it listens on, so that the port can be any free one.
func serve(settings web.Settings, folder string, warmUp time.Duration, periods int) error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := &http.Server{Handler: web.NewServer(settings).Handler()}
	stopped := make(chan error, 1)
	go func() { stopped <- server.Serve(listener) }()
	fmt.Println(listener.Addr())

	time.Sleep(warmUp)
	if err := recording.Record(folder, periods); err != nil {
		return err
	}
	if err := server.Shutdown(context.Background()); err != nil {
		return err
	}
	if err := <-stopped; err != http.ErrServerClosed {
		return err
	}
	return nil
}
