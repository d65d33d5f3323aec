//! The one integration binary: each part stands on the public face of the crate.

// What the parts share: a front end, sessions without one, a notebook on the example
// data, profiles written by hand, a server that takes uploads.
mod cells;
mod demo;
mod frontend;
mod receiver;
mod recording;

// What queries give: real files against pprof, and small ones added up by hand.
mod algebra;
mod arithmetic;
mod assist;
mod compare;
mod noise;
mod pprof;
mod time;

// Profiles on disk: the same answers as from files, and what a store survives.
mod store;

// Other formats, against what their own tools say.
mod format_table;
mod formats;
mod jfr;
mod otlp;

// What a session survives: files, names and queries that nobody should have made.
mod bad_input;

// The reference of the language, its pages run; what the fuzz targets look for.
#[path = "fuzz/answered.rs"]
#[expect(unreachable_pub, reason = "the fuzz targets have it as a crate")]
mod answered;
mod lang;

// Who colours queries, and whether they know every word.
mod colour;

// What leaves the machine, where to, and what comes back.
mod publish;

// The examples that `help` prints, and the page that is made of the same registry.
mod examples;
mod verbs_page;

// What the README shows.
mod readme;

// The Jupyter protocol, as front ends speak it.
mod kernel;

// The house rules: who uses whom, how files begin, what is not in the repository.
mod tidy;
