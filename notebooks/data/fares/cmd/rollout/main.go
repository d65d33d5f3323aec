// Command rollout runs the service in its pods, rolls out one commit after another, and sends the
// travellers. It writes the file of targets for `flamebook scrape`, and ends when the last commit
// has run for as long as the others.
package main

import (
	"flag"
	"fmt"
	"io"
	"log"
	"math/rand"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"
)

// pod is a place where the service runs. Each node has one core.
type pod struct {
	name, env string
	node      int
	// after says when it gets a new commit, as a part of the time between commits.
	after float64
}

var pods = []pod{
	{"a", "production", 1, 0.25},
	{"b", "production", 1, 0.45},
	{"c", "production", 2, 0.65},
	{"d", "production", 2, 0.85},
	{"dev", "development", 1, 0},
}

const batchPort = 7099

func port(commit, pod int) int { return 7100 + 10*commit + pod }

func main() {
	log.SetFlags(0)
	home := flag.String("home", "", "the folder of the programs: fares-COMMIT and batch")
	commits := flag.String("commits", "", "the commits in order, with commas")
	every := flag.Duration("every", 60*time.Second, "from one commit to the next")
	targets := flag.String("targets", "", "the file of targets to write")
	flag.Parse()
	names := strings.Split(*commits, ",")
	if err := os.WriteFile(*targets, []byte(config(names)), 0o644); err != nil {
		log.Fatal(err)
	}
	batch := start(2, filepath.Join(*home, "batch"), batchPort)
	defer stop(batch)
	var running sync.WaitGroup
	began := time.Now()
	for nth := range pods {
		running.Add(1)
		go func() {
			defer running.Done()
			roll(nth, *home, names, began, *every)
		}()
	}
	running.Wait()
}

// roll runs one commit after another in a pod.
func roll(nth int, home string, commits []string, began time.Time, every time.Duration) {
	for commit, name := range commits {
		end := began.Add(time.Duration((float64(commit+1) + pods[nth].after) * float64(every)))
		if commit+1 == len(commits) {
			end = began.Add(time.Duration(float64(len(commits))+1) * every)
		}
		program := start(pods[nth].node, filepath.Join(home, "fares-"+name), port(commit, nth))
		travel(port(commit, nth), end)
		stop(program)
	}
}

// start runs a program on the core of a node.
func start(node int, program string, port int) *exec.Cmd {
	command := exec.Command("taskset", "-c", strconv.Itoa(node-1), program, "-listen", fmt.Sprintf("127.0.0.1:%d", port))
	command.Stderr = os.Stderr
	if err := command.Start(); err != nil {
		log.Fatal(err)
	}
	return command
}

func stop(command *exec.Cmd) {
	command.Process.Kill()
	command.Wait()
}

// travel sends 60 searches a second, whether or not the service keeps up.
func travel(port int, end time.Time) {
	random := rand.New(rand.NewSource(7))
	tick := time.NewTicker(time.Second / 60)
	defer tick.Stop()
	var open sync.WaitGroup
	time.Sleep(300 * time.Millisecond)
	for time.Now().Before(end) {
		<-tick.C
		for _, path := range requests(random) {
			open.Add(1)
			go func() {
				defer open.Done()
				answer, err := http.Get(fmt.Sprintf("http://127.0.0.1:%d%s", port, path))
				if err == nil {
					io.Copy(io.Discard, answer.Body)
					answer.Body.Close()
				}
			}()
		}
	}
	open.Wait()
}

var words = strings.Fields("night express from berlin to rome, direct, please: arriving before eight o'clock in " +
	"the morning (or later if that's cheaper), via munich or verona, with a bicycle and two dogs")

// requests of one moment: mostly a search, with its quotes, and sometimes a group that buys.
func requests(random *rand.Rand) []string {
	flag := []string{"a", "b"}[random.Intn(2)]
	connection := []string{"berlin-rome", "paris-milan", "oslo-kiel"}[random.Intn(3)]
	text := strings.Join(words, " ") + " " + connection
	of := func(path string, values url.Values) string {
		values.Set("flag", flag)
		values.Set("connection", connection)
		return path + "?" + values.Encode()
	}
	paths := []string{of("/search", url.Values{"text": {strings.Repeat(text+" ", 24)}})}
	if random.Intn(2) == 0 {
		paths = append(paths, of("/quote", url.Values{}))
	}
	if random.Intn(10) == 0 {
		for range 6 {
			paths = append(paths, of("/buy", url.Values{}))
		}
	}
	if random.Intn(25) == 0 {
		paths = append(paths, of("/print", url.Values{"pages": {strconv.Itoa(2 + 4*random.Intn(2))}}))
	}
	return paths
}

// config is the file of targets: each pod of each commit has a port of its own, as it would have
// an address of its own.
func config(commits []string) string {
	var text strings.Builder
	text.WriteString("scrape_configs:\n- job_name: fares\n  profiles: [cpu, heap, goroutine, mutex]\n  static_configs:\n")
	for commit, name := range commits {
		for nth, pod := range pods {
			fmt.Fprintf(&text, "  - targets: ['127.0.0.1:%d']\n    labels: {service: fares, commit: '%s', pod: %s, env: %s, node: n%d}\n",
				port(commit, nth), name, pod.name, pod.env, pod.node)
		}
	}
	fmt.Fprintf(&text, "  - targets: ['127.0.0.1:%d']\n    labels: {service: batch, pod: batch, env: production, node: n2}\n", batchPort)
	text.WriteString("  relabel_configs:\n  - {source_labels: [pod], regex: (.+), target_label: instance, replacement: $1}\n")
	return text.String()
}
