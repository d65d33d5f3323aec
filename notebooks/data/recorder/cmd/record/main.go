// Command record makes the recording: it starts both versions of the shop on two
// pods each, sends all four the same visitors at the same time, and packs the
// profiles they write into one archive.
package main

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"

	"shop/internal/traffic"
)

// pod is one process of the service.
type pod struct {
	version, name string
	cacheLimit    int
}

// pods are two of each version. Pod b of version 2 was started without a limit
// for its cache: this is the leak.
var pods = []pod{
	{"1", "a", 400},
	{"1", "b", 400},
	{"2", "a", 400},
	{"2", "b", 0},
}

// folder holds the labels of the pod's profiles.
func (p pod) folder() string {
	return filepath.Join("env=prod", "service=shop", "version="+p.version, "pod="+p.name)
}

func main() {
	log.SetFlags(0)
	shop := flag.String("shop", "", "the service's binary")
	scratch := flag.String("scratch", "", "an empty folder for the profiles")
	out := flag.String("out", "", "the archive to write")
	rate := flag.Float64("rate", 100, "requests per second and pod")
	periods := flag.Int("periods", 24, "CPU profiles per pod, 10 s each")
	flag.Parse()
	if *shop == "" || *scratch == "" || *out == "" {
		log.Fatal("record: -shop, -scratch and -out are needed")
	}
	if err := run(*shop, *scratch, *out, *rate, *periods); err != nil {
		log.Fatal("record: ", err)
	}
}

func run(shop, scratch, out string, rate float64, periods int) error {
	failures := make([]error, len(pods))
	var running sync.WaitGroup
	for i, p := range pods {
		running.Add(1)
		go func() {
			defer running.Done()
			failures[i] = p.run(shop, scratch, rate, periods)
		}()
	}
	running.Wait()
	for _, err := range failures {
		if err != nil {
			return err
		}
	}
	return pack(scratch, out)
}

// run keeps a pod busy until its recording is complete.
func (p pod) run(shop, scratch string, rate float64, periods int) error {
	service := exec.Command(shop,
		"-release="+p.version,
		fmt.Sprintf("-cache-limit=%d", p.cacheLimit),
		fmt.Sprintf("-periods=%d", periods),
		"-profiles="+filepath.Join(scratch, p.folder()))
	service.Env = []string{"GOMAXPROCS=2"}
	service.Stderr = os.Stderr
	stdout, err := service.StdoutPipe()
	if err != nil {
		return err
	}
	if err := service.Start(); err != nil {
		return err
	}
	address, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		return fmt.Errorf("version %s, pod %s did not start: %w", p.version, p.name, err)
	}
	const seed = 7
	ctx, stop := context.WithCancel(context.Background())
	report := make(chan traffic.Report, 1)
	go func() { report <- traffic.Send(ctx, "http://"+strings.TrimSpace(address), rate, seed) }()
	err = service.Wait()
	stop()
	r := <-report
	log.Printf("version %s, pod %s: %d requests, %d failed", p.version, p.name, r.Sent, r.Failed)
	return err
}
