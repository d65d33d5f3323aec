// Package record profiles the program that it is part of, one recording after another, as
// an agent of a continuous profiler does.
package record

import (
	"flag"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"sync"
	"sync/atomic"
	"time"
)

// Main does jobs on two workers until all profiles are written. A job gets a number that
// no other job has.
func Main(job func(number int)) {
	out := flag.String("out", ".", "the folder of the profiles")
	count := flag.Int("count", 10, "how many CPU profiles, and as many heap profiles")
	each := flag.Duration("each", 5*time.Second, "the time that a CPU profile covers")
	// As in a program that has run for long: most places that allocate are seen.
	flag.IntVar(&runtime.MemProfileRate, "heap-rate", 32<<10, "bytes from one heap sample to the next")
	flag.Parse()

	var stop atomic.Bool
	var next atomic.Int64
	var workers sync.WaitGroup
	for range 2 {
		workers.Add(1)
		go func() {
			defer workers.Done()
			for !stop.Load() {
				job(int(next.Add(1)))
			}
		}()
	}
	for range *count {
		write(*out, "cpu", func(file *os.File) error {
			if err := pprof.StartCPUProfile(file); err != nil {
				return err
			}
			time.Sleep(*each)
			pprof.StopCPUProfile()
			return nil
		})
		write(*out, "heap", func(file *os.File) error {
			return pprof.Lookup("heap").WriteTo(file, 0)
		})
	}
	stop.Store(true)
	workers.Wait()
}

func write(folder, kind string, profile func(*os.File) error) {
	name := fmt.Sprintf("%s-%d.pb.gz", kind, time.Now().UnixNano())
	file, err := os.Create(filepath.Join(folder, name))
	if err == nil {
		err = profile(file)
	}
	if err == nil {
		err = file.Close()
	}
	if err != nil {
		log.Fatal(err)
	}
}
