// Package recording profiles the process it runs in, all the time, and writes
// what it finds as pprof files whose names end in the profile's own time stamp.
package recording

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"time"
)

// Period is the length of a CPU profile. Heap and goroutines are looked at after
// every second one, locks after every fourth.
const (
	Period     = 10 * time.Second
	heapEvery  = 2
	locksEvery = 4
)

// blockRate makes the runtime sample one blocking event per 10 µs spent blocked.
const blockRate = 10_000

// Record profiles for so many periods, CPU profiles back to back.
func Record(folder string, periods int) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	runtime.SetMutexProfileFraction(1)
	runtime.SetBlockProfileRate(blockRate)
	counters := make(map[string]*counter)
	for _, name := range []string{"heap", "mutex", "block"} {
		c, err := newCounter(name)
		if err != nil {
			return err
		}
		counters[name] = c
	}
	for n := 1; n <= periods; n++ {
		if err := recordCPU(folder); err != nil {
			return err
		}
		if n%heapEvery == 0 {
			if err := counters["heap"].record(folder); err != nil {
				return err
			}
			if err := recordGoroutines(folder); err != nil {
				return err
			}
		}
		if n%locksEvery == 0 {
			for _, name := range []string{"mutex", "block"} {
				if err := counters[name].record(folder); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func recordCPU(folder string) error {
	var profile bytes.Buffer
	if err := pprof.StartCPUProfile(&profile); err != nil {
		return err
	}
	time.Sleep(Period)
	pprof.StopCPUProfile()
	message, err := unzip(profile.Bytes())
	if err != nil {
		return err
	}
	return save(folder, "cpu", message)
}

func recordGoroutines(folder string) error {
	message, err := snapshot("goroutine")
	if err != nil {
		return err
	}
	return save(folder, "goroutine", message)
}

// snapshot is one of the runtime's own profiles, as it stands now.
func snapshot(name string) ([]byte, error) {
	var profile bytes.Buffer
	if err := pprof.Lookup(name).WriteTo(&profile, 0); err != nil {
		return nil, err
	}
	return unzip(profile.Bytes())
}

func unzip(profile []byte) ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(profile))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

// save writes the message as it is: the archive is compressed as a whole.
func save(folder, kind string, message []byte) error {
	name := fmt.Sprintf("%s-%d.pb", kind, stampOf(message))
	return os.WriteFile(filepath.Join(folder, name), message, 0o644)
}
