//! The integration test binary: all parts use the public interface of the crate.

// What the parts share: a front end, sessions without one, a notebook on the example
// data, profiles written by hand, a server that takes uploads.
mod cells;
mod demo;
mod frontend;
mod receiver;
mod recording;

// What queries return: real files against pprof, and small ones added up by hand.
mod algebra;
mod arithmetic;
mod asking;
mod asks;
mod assist;
mod compare;
mod explain;
mod findings;
mod noise;
mod pprof;
mod several;
mod time;

// The store: the same answers as from files, and what it survives.
mod store;

// Other formats, against what their own tools report.
mod format_table;
mod formats;
mod jfr;
mod otlp;

// What a session survives: broken and hostile files, names and queries.
mod bad_input;

// What is opened, and what is said about it; inputs that readers get wrong.
mod odd;
mod opening;

// What a session takes of memory and time, and what it does not do twice.
mod limits;
mod repeated;

// The reference of the language, whose pages are run; the properties that are fuzzed.
#[path = "fuzz/answered.rs"]
#[expect(unreachable_pub, reason = "the fuzz targets have it as a crate")]
mod answered;
mod lang;

// The syntax highlighters know every word.
mod colour;

// A Pyroscope server as a source: what it is asked, and what it answers.
mod server;

// Profiles fetched from programs: on a schedule into a store, or once.
mod scrape;

// A session for another program or an agent, profiles that a shell opens in the browser, and the
// gate.
mod gate;
mod mcp;
mod open;
mod session;

// Text output fits screens of any width.
mod widths;

// Files: what replaces what, and names that hold terminal escapes.
mod written;

// Uploads: what is sent, where to, and what comes back.
mod publish;

// The examples that `help` prints, and the page made from the same registry.
mod examples;
mod stories;
mod verbs_page;

// What the README shows.
mod readme;

// The Jupyter protocol, as front ends speak it, and what reaches the ports without a key.
mod hostile;
mod kernel;

// The house rules: which file uses which, how files begin, what is not in the repository.
mod tidy;
