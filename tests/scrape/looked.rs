//! `use "http://host/debug/pprof"` looks at a program once.

use super::well;
use crate::cells::{Cells, figure, text};
use crate::server::web::{Reply, Web};

#[test]
fn a_program_is_looked_at_once() {
    let web = well();
    let mut cells = Cells::new("");
    let opened = cells.run(&format!("use \"{}/debug/pprof\" {{env=\"test\"}}", web.address()));
    let asked: Vec<String> = web.asked().iter().map(|asked| asked.path.clone()).collect();
    assert!(asked.contains(&"/debug/pprof/profile?seconds=5".to_owned()), "{asked:?}");
    assert_eq!(asked.len(), 5, "{asked:?}");
    let skipped = &opened[0].header.skipped;
    assert_eq!(skipped.len(), 3, "goroutine, mutex, block: {skipped:?}");
    let levels = cells.table("inuse_space | by (env, instance) | table");
    assert_eq!(text(&levels, "env", 0), "test");
    assert_eq!(format!("http://{}", text(&levels, "instance", 0)), web.address());
    assert_eq!(figure(&levels, "total", 0), 7.0);
    assert_eq!(cells.number("total(\"f\", cpu)"), 5.0);
    assert!(web.asked().is_empty(), "queries ask nothing");
    // One profile alone.
    cells.run(&format!("use \"{}/debug/pprof/heap\"", web.address()));
    assert_eq!(web.asked().len(), 1);
}

#[test]
fn what_cannot_be_looked_at_is_an_error_with_a_fix() {
    let web = Web::start(|_| Reply::says("404 Not Found", "404 page not found"));
    let mut cells = Cells::new("");
    let error = cells.error(&format!("use \"{}/debug/pprof\"", web.address()));
    assert!(error.contains("error[target]") && error.contains("answered 404"), "{error}");
    assert!(error.contains("import net/http/pprof"), "{error}");
}
