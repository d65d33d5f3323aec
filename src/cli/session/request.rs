//! What another program asks of a session: a JSON object on a line.
//!
//! ```json
//! {"id": 1, "do": "run", "code": "cpu{version=$v} | top 5", "name": "In[1]", "number": 1,
//!  "arrow": true, "parameters": {"v": {"text": "2"}}}
//! {"id": 2, "do": "complete", "code": "cpu | to", "cursor": 8}
//! {"id": 3, "do": "inspect", "code": "cpu | top", "cursor": 9}
//! {"id": 4, "do": "interrupt"}
//! ```
//!
//! Cursors count Unicode code points. An interrupt has no reply: the cell that it stops has.

use std::collections::BTreeMap;

use flamebook::lang::parameters::{ParameterValue, Parameters};
use flamebook::quantity::{Span, Timestamp};
use serde::Deserialize;

#[derive(Debug, Deserialize)]
pub(super) struct Request {
    pub(super) id: u64,
    #[serde(flatten)]
    pub(super) ask: Ask,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub(super) enum Ask {
    Run(Run),
    Complete { code: String, cursor: usize },
    Inspect { code: String, cursor: usize },
    Interrupt,
}

/// Runs a cell.
#[derive(Debug, Deserialize)]
pub(super) struct Run {
    pub(super) code: String,
    /// The name of the cell in errors.
    pub(super) name: String,
    /// The `n` of `_n`, which the result is stored as; 0 for none.
    #[serde(default)]
    pub(super) number: u32,
    /// Whether the reply has the result as an Arrow file.
    #[serde(default)]
    pub(super) arrow: bool,
    /// What `$name` means in this cell; without it, `$` is no character of the language.
    pub(super) parameters: Option<BTreeMap<String, Literal>>,
}

/// A value: durations in nanoseconds, times in nanoseconds since 1970.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Literal {
    Text(String),
    Number(f64),
    Bool(bool),
    Duration(i64),
    Time(i64),
    List(Vec<Literal>),
}

pub(super) fn parameters(values: BTreeMap<String, Literal>) -> Parameters {
    Parameters(values.into_iter().map(|(name, literal)| (name, value(literal))).collect())
}

fn value(literal: Literal) -> ParameterValue {
    match literal {
        Literal::Text(text) => ParameterValue::Text(text),
        Literal::Number(number) => ParameterValue::Number(number),
        Literal::Bool(bit) => ParameterValue::Bool(bit),
        Literal::Duration(nanoseconds) => ParameterValue::Duration(Span(nanoseconds)),
        Literal::Time(nanoseconds) => ParameterValue::Time(Timestamp(nanoseconds)),
        Literal::List(items) => ParameterValue::List(items.into_iter().map(value).collect()),
    }
}
