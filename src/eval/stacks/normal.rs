//! Gives functions the names that they have in every run, so that two runs compare.
//!
//! `profile::made_up` knows what a run makes up: `$$Lambda$14` and the like.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::eval::stacks::rewrite::Rewrite;
use crate::profile::frame::{FrameId, FunctionId};
use crate::profile::made_up::without_made_up;
use crate::profile::{Frame, Function, Symbols};
use crate::work::{Cancelled, Work};

/// The functions of some stacks under their normal names.
#[derive(Debug)]
pub struct Normalised {
    pub rewrite: Rewrite,
    /// The names as recorded, each with its normal name.
    pub names: BTreeMap<Arc<str>, String>,
}

/// Renames functions whose names a run made up; `None` if there are none.
pub fn normalised(symbols: &Symbols, work: Work<'_>) -> Result<Option<Normalised>, Cancelled> {
    let mut names = BTreeMap::new();
    let mut renamed = symbols.clone();
    let mut functions = Vec::with_capacity(symbols.functions.len());
    work.each(symbols.functions.iter().zip((0..).map(FunctionId)), |(function, id)| {
        let name = symbols.string(function.name);
        functions.push(match without_made_up(name) {
            Cow::Borrowed(_) => id,
            Cow::Owned(normal) => {
                let normal_name = renamed.intern_string(&normal);
                names.insert(name.clone(), normal);
                renamed.intern_function(Function { name: normal_name, ..*function })
            }
        });
    })?;
    if names.is_empty() {
        return Ok(None);
    }
    let frames: Vec<FrameId> = work.collect(symbols.frames.iter().map(|frame| {
        renamed.intern_frame(Frame { function: functions[frame.function.index()], ..*frame })
    }))?;
    let rewrite = Rewrite::with_frames(&renamed, &frames, work)?;
    Ok(Some(Normalised { rewrite, names }))
}

/// The longest name that a note shows whole.
const LONGEST: usize = 60;

/// `2 names have a part that every run makes up, such as `X`, compared as `Y`: …`
pub fn note(names: BTreeMap<&Arc<str>, &String>) -> Option<String> {
    // The shortest is read most easily.
    let (name, normal) = names.iter().min_by_key(|(name, _)| name.len())?;
    let count = match names.len() {
        1 => "a name has".to_owned(),
        count => format!("{count} names have"),
    };
    Some(format!(
        "{count} a part that every run makes up, such as `{}`, compared as `{}`; `set normalise \
         off` compares all of it",
        shortened(name),
        shortened(normal)
    ))
}

/// The start of a long name.
fn shortened(name: &str) -> Cow<'_, str> {
    match name.char_indices().nth(LONGEST) {
        Some((end, _)) => Cow::Owned(format!("{}…", &name[..end])),
        None => Cow::Borrowed(name),
    }
}
