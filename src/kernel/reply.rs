//! The contents of replies and outputs.
//!
//! Some are plain JSON, because the types of `jupyter-protocol` differ from the protocol:
//! its `kernel_info_reply` has no `supported_features`, its `execute_result` has
//! `transient: null`, which the schema forbids, and its CodeMirror mode has no MIME type.

use jupyter_protocol::messaging::{HelpLink, ReplyError};
use serde_json::{Map, Value, json};

use crate::kernel::language::{Completion, Failure};
use crate::kernel::pygments;
use crate::kernel::wire::PROTOCOL_VERSION;
use crate::view::bundle::{Bundle, Mime};

/// The largest size of one form of an output. A browser stops responding while it parses
/// a larger message, and the notebook file contains every output.
const LARGEST_OUTPUT: usize = 16 << 20;

pub(super) fn kernel_info() -> Value {
    json!({
        "status": "ok",
        "protocol_version": PROTOCOL_VERSION,
        "implementation": env!("CARGO_PKG_NAME"),
        "implementation_version": env!("CARGO_PKG_VERSION"),
        "language_info": language_info(),
        "banner": concat!(
            "Flamebook ", env!("CARGO_PKG_VERSION"), " · queries over profiles · type help"
        ),
        "help_links": [HelpLink {
            text: "pprof".to_owned(),
            url: "https://github.com/google/pprof/blob/main/doc/README.md".to_owned(),
        }],
        "debugger": false,
        "supported_features": [],
    })
}

/// How front ends colour a cell. JupyterLab knows the name of the mode from our
/// extension. Front ends without it use the MIME type: SQL is the closest language, and
/// an unknown mode would turn off completion while typing.
fn language_info() -> Value {
    json!({
        "name": "flamebook",
        "version": env!("CARGO_PKG_VERSION"),
        "mimetype": "text/x-flamebook",
        "file_extension": ".flame",
        "pygments_lexer": pygments::lexer_name(),
        "codemirror_mode": {"name": "flamebook", "mime": "text/x-sql"},
    })
}

/// The reply to a request that failed.
pub(super) fn error(failure: &Failure) -> Value {
    json!({
        "status": "error",
        "ename": failure.name,
        "evalue": failure.value,
        "traceback": failure.traceback,
    })
}

/// The `error` output of a cell.
pub(super) fn error_output(failure: &Failure) -> ReplyError {
    ReplyError {
        ename: failure.name.clone(),
        evalue: failure.value.clone(),
        traceback: failure.traceback.clone(),
    }
}

pub(super) fn execute_ok(number: u32, user_expressions: Map<String, Value>) -> Value {
    json!({
        "status": "ok",
        "execution_count": number,
        "payload": [],
        "user_expressions": user_expressions,
    })
}

pub(super) fn execute_error(number: u32, failure: &Failure) -> Value {
    let mut reply = error(failure);
    reply["execution_count"] = number.into();
    reply["payload"] = json!([]);
    reply["user_expressions"] = json!({});
    reply
}

pub(super) fn execute_aborted(number: u32) -> Value {
    json!({"status": "aborted", "execution_count": number})
}

/// Types and signatures are an extension of the protocol that JupyterLab reads.
/// <https://jupyter-client.readthedocs.io/en/latest/messaging.html#completion>
pub fn completion(completion: &Completion) -> Value {
    let (start, end) = (completion.start, completion.end);
    let typed = completion.items.iter().map(|item| {
        json!({
            "start": start,
            "end": end,
            "text": item.text,
            "type": item.kind,
            "signature": item.signature,
        })
    });
    json!({
        "status": "ok",
        "matches": completion.items.iter().map(|item| &item.text).collect::<Vec<_>>(),
        "cursor_start": start,
        "cursor_end": end,
        "metadata": {"_jupyter_types_experimental": typed.collect::<Vec<_>>()},
    })
}

/// The answer about the word at a cursor.
pub fn inspection(found: Option<&Bundle>) -> Value {
    json!({
        "status": "ok",
        "found": found.is_some(),
        "data": found.map(data).unwrap_or_default(),
        "metadata": {},
    })
}

/// The content by MIME type. Forms that are too large are left out. The plain text is
/// then cut, with a note, so that the user knows to save the result to a file.
pub fn data(bundle: &Bundle) -> Map<String, Value> {
    let fits = |content: &str| content.len() <= LARGEST_OUTPUT;
    let mut data: Map<String, Value> = bundle
        .iter()
        .filter(|(_, content)| fits(content))
        .map(|(mime, content)| (mime.as_str().to_owned(), content.into()))
        .collect();
    if bundle.iter().any(|(_, content)| !fits(content)) {
        let plain = cut(bundle.get(Mime::Plain).unwrap_or_default());
        data.insert(Mime::Plain.as_str().to_owned(), plain.into());
    }
    data
}

fn cut(text: &str) -> String {
    let end = text.floor_char_boundary(LARGEST_OUTPUT);
    format!(
        "{}\n… this output is larger than {} MiB and was cut; `| save \"file\"` writes all of it",
        &text[..end],
        LARGEST_OUTPUT >> 20
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_that_is_too_large_leaves_a_note() {
        let bundle = Bundle::plain("short").with(Mime::Html, "x".repeat(LARGEST_OUTPUT + 1));
        let data = data(&bundle);
        assert!(!data.contains_key("text/html"));
        let plain = data["text/plain"].as_str().expect("text");
        assert!(plain.starts_with("short\n… this output is larger than 16 MiB"), "{plain}");
    }

    #[test]
    fn a_long_text_is_cut_between_characters() {
        let data = data(&Bundle::plain("äöü".repeat(LARGEST_OUTPUT)));
        let plain = data["text/plain"].as_str().expect("text");
        assert!(plain.len() < LARGEST_OUTPUT + 100 && plain.ends_with("writes all of it"));
    }
}
