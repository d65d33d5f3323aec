// Corpus makes the profiles that the benchmarks read.
//
//	go run . record FOLDER
//	go run . stamp KIND COUNT FROM TO
//
// `record` builds the four programs beside this file, each in two versions, and lets them
// profile themselves: ten CPU profiles of five seconds each and ten heap profiles, below
// service=NAME/version=N. Both versions of a program run at once. It takes three and a half
// minutes.
//
// `stamp` makes COUNT files of these recordings: a file of each series every ten seconds.
// The recordings of a series are repeated in turn with another time and, as Go writes them,
// compressed again. Nothing else in them is changed.
package main

import (
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

var services = []string{"archive", "compile", "crunch", "serve"}

func main() {
	log.SetFlags(0)
	var err error
	switch arguments := os.Args[1:]; {
	case len(arguments) == 2 && arguments[0] == "record":
		err = record(arguments[1])
	case len(arguments) == 5 && arguments[0] == "stamp":
		var count int
		if count, err = strconv.Atoi(arguments[2]); err == nil {
			err = stamp(arguments[1], count, arguments[3], arguments[4])
		}
	default:
		err = fmt.Errorf("usage: corpus record FOLDER, corpus stamp KIND COUNT FROM TO")
	}
	if err != nil {
		log.Fatal(err)
	}
}

// Record fills a folder, which exists only when all profiles are in it.
func record(folder string) error {
	unfinished := folder + ".unfinished"
	if err := os.RemoveAll(unfinished); err != nil {
		return err
	}
	for nth, service := range services {
		log.Printf("recording %s (%d of %d), 50 seconds", service, nth+1, len(services))
		var running []*exec.Cmd
		for version, tag := range []string{"one", "two"} {
			labels := fmt.Sprintf("service=%s/version=%d", service, version+1)
			program, err := started(service, tag, filepath.Join(unfinished, labels))
			if err != nil {
				return err
			}
			running = append(running, program)
		}
		for _, program := range running {
			if err := program.Wait(); err != nil {
				return fmt.Errorf("%s: %w", service, err)
			}
		}
	}
	return os.Rename(unfinished, folder)
}

// Started builds a version of a program and starts it.
func started(service, tag, out string) (*exec.Cmd, error) {
	if err := os.MkdirAll(out, 0o755); err != nil {
		return nil, err
	}
	scratch, err := os.MkdirTemp("", "corpus")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(scratch)
	binary := filepath.Join(scratch, service)
	build := exec.Command("go", "build", "-trimpath", "-tags", tag, "-o", binary, "./"+service)
	if text, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("go build: %s", text)
	}
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return nil, err
	}
	program := exec.Command(binary, "-out", out)
	// A program without paths of the machine that built it does not know where Go's
	// sources are.
	program.Env = append(os.Environ(), "GOROOT="+strings.TrimSpace(string(root)))
	program.Stderr = os.Stderr
	return program, program.Start()
}
