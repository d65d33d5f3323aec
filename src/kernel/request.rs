//! The contents of requests, with defaults for missing fields.
//!
//! The types of `jupyter-protocol` require fields that some clients omit (`silent`, the
//! `n` of a history search), and a client would wait forever for the answer. Here a
//! field that is missing or `null` has the default of the protocol. A field of a wrong
//! type is an error, and the reply says so.

use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

#[derive(Debug, Deserialize)]
pub(super) struct ExecuteRequest {
    #[serde(default, deserialize_with = "or_default")]
    pub(super) code: String,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) silent: bool,
    store_history: Option<bool>,
    stop_on_error: Option<bool>,
    /// Expressions by name.
    #[serde(default, deserialize_with = "or_default")]
    pub(super) user_expressions: Map<String, Value>,
}

impl ExecuteRequest {
    /// Whether this cell gets a number and is stored in the history.
    pub(super) fn is_stored(&self) -> bool {
        self.store_history.unwrap_or(true) && !self.silent
    }

    /// Whether its failure aborts the cells that are queued behind it.
    pub(super) fn stops_on_error(&self) -> bool {
        self.stop_on_error.unwrap_or(true) && !self.silent
    }
}

/// The content of `complete_request`, `inspect_request` and `is_complete_request`.
#[derive(Debug, Deserialize)]
pub(super) struct EditorRequest {
    #[serde(default, deserialize_with = "or_default")]
    pub(super) code: String,
    cursor_pos: Option<i64>,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) detail_level: u8,
}

impl EditorRequest {
    /// The cursor in Unicode code points, clamped to the code. The default is its end.
    pub(super) fn cursor(&self) -> usize {
        let length = self.code.chars().count();
        match self.cursor_pos {
            Some(cursor) => usize::try_from(cursor).unwrap_or(0).min(length),
            None => length,
        }
    }
}

/// The content of all three kinds of `history_request`.
#[derive(Debug, Deserialize)]
pub(super) struct HistoryRequest {
    #[serde(default, deserialize_with = "or_default")]
    pub(super) hist_access_type: String,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) output: bool,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) session: i64,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) start: i64,
    pub(super) stop: Option<i64>,
    pub(super) n: Option<usize>,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) pattern: String,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) unique: bool,
}

/// The content of `comm_open`. Its data are not read, because no target is registered.
#[derive(Debug, Deserialize)]
pub(super) struct CommOpen {
    #[serde(default, deserialize_with = "or_default")]
    pub(super) comm_id: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct ShutdownRequest {
    #[serde(default, deserialize_with = "or_default")]
    pub(super) restart: bool,
}

/// `null` counts as missing.
fn or_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn absent_and_null_fields_have_the_protocols_defaults() {
        for content in [json!({}), json!({"code": null, "silent": null, "stop_on_error": null})] {
            let request: ExecuteRequest = serde_json::from_value(content).expect("a request");
            assert!(request.is_stored() && request.stops_on_error());
            assert_eq!(request.code, "");
        }
    }

    #[test]
    fn a_silent_cell_is_not_stored_and_stops_nothing() {
        let content = json!({"silent": true, "store_history": true});
        let request: ExecuteRequest = serde_json::from_value(content).expect("a request");
        assert!(!request.is_stored() && !request.stops_on_error());
    }

    #[test]
    fn a_cursor_counts_code_points_and_stays_within_the_code() {
        for (cursor, expected) in [(json!(2), 2), (json!(99), 3), (json!(-1), 0), (json!(null), 3)]
        {
            let content = json!({"code": "🔥äb", "cursor_pos": cursor});
            let request: EditorRequest = serde_json::from_value(content).expect("a request");
            assert_eq!(request.cursor(), expected);
        }
    }
}
