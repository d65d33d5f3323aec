//! A Go program with `net/http/pprof`: what it serves is what the store has.
//!
//! It is built where Go is. Elsewhere the test says that it is skipped, and fails in CI.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use super::running::{STORE, Scrape, folder};
use crate::cells::{Cells, figure, text};

/// Keeps 1 MiB more every 100 ms, waits for a lock, and works; each allocation is in the profile.
const PROGRAM: &str = r#"package main

import (
	"fmt"
	"net"
	"net/http"
	_ "net/http/pprof"
	"runtime"
	"sync"
	"time"
)

var (
	kept = make([][]byte, 0, 1<<20)
	lock sync.Mutex
	sum  int
)

//go:noinline
func keep() { kept = append(kept, make([]byte, 1<<20)) }

//go:noinline
func work() {
	lock.Lock()
	defer lock.Unlock()
	for i := 0; i < 5_000_000; i++ {
		sum += i * i
	}
}

func main() {
	runtime.MemProfileRate = 1
	runtime.SetMutexProfileFraction(1)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Println(listener.Addr())
	go http.Serve(listener, nil)
	for i := 0; i < 2; i++ {
		go func() {
			for {
				work()
				time.Sleep(time.Millisecond)
			}
		}()
	}
	for {
		keep()
		runtime.GC()
		time.Sleep(100 * time.Millisecond)
	}
}
"#;

struct Gopher(Child);

impl Drop for Gopher {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The program and its address; none without Go.
fn gopher(folder: &Path) -> Option<(Gopher, String)> {
    std::fs::write(folder.join("main.go"), PROGRAM).expect("a file");
    let built = Command::new("go")
        .args(["build", "-o", "gopher", "main.go"])
        .env("CGO_ENABLED", "0")
        .current_dir(folder)
        .output();
    let Ok(built) = built else {
        assert!(std::env::var_os("CI").is_none(), "no `go`: install Go");
        eprintln!("ABSENT: Go; skipped: a real program is scraped");
        return None;
    };
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    let mut command = Command::new(folder.join("gopher"));
    let mut child = command.stdout(Stdio::piped()).spawn().expect("it starts");
    let mut line = String::new();
    let stdout = child.stdout.take().expect("a pipe");
    BufReader::new(stdout).read_line(&mut line).expect("an address");
    Some((Gopher(child), format!("http://{}", line.trim())))
}

/// Without all that is not of the program's own.
fn own(cells: &mut Cells, query: &str, column: &str) -> f64 {
    let table = cells.table(query);
    (0..table.height())
        .filter(|row| text(&table, "function", *row) == "main.keep")
        .map(|row| figure(&table, column, row))
        .sum()
}

#[test]
fn a_go_program_is_scraped_and_its_leak_found() {
    let folder = folder();
    let Some((_gopher, address)) = gopher(folder.path()) else { return };
    let mut scrape = Scrape::start(folder.path(), &["--label", "service=gopher", &address]);
    scrape.until("four of each", |scrape| {
        ["cpu", "inuse_space", "alloc_space", "goroutine", "mutex:delay"]
            .iter()
            .all(|kind| scrape.stored(kind) >= 4)
    });
    let ended = scrape.stop();
    assert!(ended.status.success(), "{}", ended.stderr);
    assert_eq!(ended.stderr, "", "nothing went wrong");
    let mut cells = Cells::over(folder.path(), STORE);
    // It keeps all that it allocates: what was allocated between the first and the last snapshot
    // is what the last has more than the first.
    let snapshots = cells.table("inuse_space | focus \"main.keep\" | profiles");
    let totals: Vec<f64> =
        (0..snapshots.height()).map(|row| figure(&snapshots, "total", row)).collect();
    let (least, most) = (
        totals.iter().copied().fold(f64::MAX, f64::min),
        totals.iter().copied().fold(0.0, f64::max),
    );
    let allocated = own(&mut cells, "alloc_space | focus \"main.keep\" | top", "total");
    assert!(allocated > 5e6, "{allocated}");
    assert_eq!(allocated, most - least);
    // The CPU profile is that of the program.
    assert!(own_share(&mut cells) > 0.5);
    // The lock is waited for, and only in `work`.
    let delay = cells.table("mutex:delay | top 1 by total");
    assert!(figure(&delay, "total", 0) > 0.0);
    // What the program never does is not stored as zeros.
    let types = cells.table("types");
    let names: Vec<String> = (0..types.height()).map(|row| text(&types, "type", row)).collect();
    assert!(!names.iter().any(|name| name.starts_with("block")), "{names:?}");
}

fn own_share(cells: &mut Cells) -> f64 {
    cells.number("share(\"main.work\", cpu)")
}
