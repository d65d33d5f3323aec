//! What a pipe asks of its source: a source that writes down each request.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use flamebook::profile::{ProfileType, Symbols};
use flamebook::quantity::{Span, Window};
use flamebook::source::{
    Asked, AskedTimes, Origin, Request, Selection, Skipped, Source, SourceError,
};
use flamebook::work::Work;

use crate::cells::Cells;

/// Has one type and no profiles.
#[derive(Default)]
struct Recorder {
    types: Vec<ProfileType>,
    asked: Arc<Mutex<Vec<Question>>>,
}

/// A request, owned.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Question {
    stacks: bool,
    times: AskedTimes,
    labels: Option<BTreeSet<String>>,
    replicates: bool,
}

impl Source for Recorder {
    fn name(&self) -> &str {
        "recorder"
    }

    fn types(&self) -> Vec<ProfileType> {
        self.types.clone()
    }

    fn select(&self, request: &Request<'_>, _: Work<'_>) -> Result<Selection, SourceError> {
        let Asked { stacks, times, labels, replicates, .. } = request.asked;
        let labels = labels.map(|names| names.iter().map(ToString::to_string).collect());
        let question = Question { stacks, times, labels, replicates };
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).push(question);
        Ok(Selection {
            kind: request.kind.clone(),
            symbols: Symbols::new(),
            snapshots: Arc::new([]),
            loader: None,
            origin: Origin::default(),
        })
    }

    fn label_names(
        &self,
        _: &ProfileType,
        _: Option<Window>,
        _: Work<'_>,
    ) -> Result<BTreeSet<Arc<str>>, SourceError> {
        Ok(BTreeSet::from(["pod".into(), "env".into()]))
    }

    fn extent(&self) -> Option<Window> {
        None
    }

    fn extent_of(&self, _: &ProfileType) -> Option<Window> {
        None
    }

    fn skipped(&self) -> &[Skipped] {
        &[]
    }
}

/// The first request of a cell, for later ones ask why the selection is empty.
fn asked(code: &str) -> Question {
    let types =
        vec![ProfileType::new("process_cpu", ("cpu", "nanoseconds"), ("cpu", "nanoseconds"))];
    let recorder = Recorder { types, ..Recorder::default() };
    let questions = recorder.asked.clone();
    let mut cells = Cells::new("");
    cells.open(Arc::new(recorder));
    // An empty selection may be an error of a later stage; the request was made before.
    let _ = cells.try_run(code);
    let questions = questions.lock().unwrap_or_else(PoisonError::into_inner);
    questions.first().cloned().unwrap_or_else(|| panic!("{code} asked nothing"))
}

#[test]
fn a_pipe_asks_its_source_for_what_its_stages_look_at() {
    let labels = |names: &[&str]| Some(names.iter().map(ToString::to_string).collect());
    let minutes = |n: i64| AskedTimes::Steps(Some(Span::seconds(60 * n)));
    for (code, stacks, times, asked_labels, replicates) in [
        ("cpu", true, AskedTimes::Whole, labels(&[]), false),
        ("cpu | by (pod) | table", false, AskedTimes::Each, labels(&["pod"]), false),
        ("cpu[1h:5m] | timeline by (pod)", false, minutes(5), labels(&["pod"]), false),
        ("cpu | timeline", false, AskedTimes::Steps(None), labels(&[]), false),
        ("cpu | diff {env=\"a\"}", true, AskedTimes::Whole, labels(&[]), true),
        ("cpu | without (pod) | table", false, AskedTimes::Each, None, false),
        ("cpu | labels", true, AskedTimes::Each, None, false),
        ("cpu | values pod", true, AskedTimes::Each, labels(&["pod"]), false),
        ("cpu | describe", true, AskedTimes::Whole, labels(&[]), false),
        // What a variable is asked is what is made of it where it is used.
        (
            "let a = cpu | by (env); a | topk 1 | table",
            false,
            AskedTimes::Whole,
            labels(&["env"]),
            false,
        ),
    ] {
        let expected = Question { stacks, times, labels: asked_labels, replicates };
        assert_eq!(asked(code), expected, "{code}");
    }
}
