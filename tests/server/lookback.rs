//! A server that leaves out what is too long ago, without a word.

use std::time::{SystemTime, UNIX_EPOCH};

use prost::Message;

use super::message::{LabelNames, Merge, Ranged};
use super::pyroscope::{Held, answer, shop, too_long};
use super::web::{Asked, Reply, Web};
use super::{only, open};
use crate::cells::{Cells, figure};

const DAY: i64 = 86_400_000;

fn now() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock");
    now.as_millis() as i64
}

/// A profile of each of the last ten days with 1 in `work`, on a server that looks back this
/// many days, or as far as it has profiles.
fn serve(days: Option<i64>) -> Web {
    let one = shop().remove(0);
    let held: Vec<Held> = (0..10)
        .map(|nth| Held {
            at: now() - nth * DAY - DAY / 2,
            stacks: vec![(vec!["main", "work"], 1)],
            ..one.clone()
        })
        .collect();
    Web::start(move |asked: &Asked| {
        let begin = days.map_or(0, |days| now() - days * DAY);
        if asked.method() == "ProfileTypes" {
            let Ranged { start, end } = Ranged::decode(&asked.body[..]).expect("a request");
            let length = end - start.max(begin);
            if length > DAY {
                return too_long(length);
            }
        }
        let visible = held.iter().filter(|held| held.at >= begin).cloned();
        match asked.method() {
            // The times of all profiles are told.
            "GetProfileStats" => answer(&held, true, asked),
            _ => answer(&visible.collect::<Vec<_>>(), true, asked),
        }
    })
}

#[test]
fn what_is_before_the_limit_of_a_server_is_said_to_be_left_out() {
    for (days, range, total, is_left_out) in [
        (Some(7), "14d", 7.0, true),
        (Some(7), "5d", 5.0, false),
        (Some(7), "1h", 0.0, false),
        (Some(2), "3d", 2.0, true),
        (None, "14d", 10.0, false),
    ] {
        let web = serve(days);
        let mut cells = open(&web);
        let outcome = only(&mut cells, &format!("cpu[{range}] | flame"));
        assert_eq!(outcome.header.total.map(|total| total.value), Some(total), "{days:?} {range}");
        let notes = outcome.header.notes.join("\n");
        assert_eq!(notes.contains("is left out"), is_left_out, "{days:?} {range}: {notes}");
        if is_left_out {
            assert!(notes.contains("max_query_lookback"), "{notes}");
        }
        // It was asked about its limit when it was opened.
        assert!(!web.methods().contains(&"ProfileTypes".to_owned()), "{days:?} {range}");
    }
}

/// The range of a request, in milliseconds.
fn length(asked: &Asked) -> i64 {
    let body = &asked.body[..];
    let (start, end) = match asked.method() {
        "GetProfileStats" => (0, 0),
        "ProfileTypes" => {
            Ranged::decode(body).map(|asked| (asked.start, asked.end)).expect("a range")
        }
        "LabelNames" => {
            LabelNames::decode(body).map(|asked| (asked.start, asked.end)).expect("a range")
        }
        _ => Merge::decode(body).map(|asked| (asked.start, asked.end)).expect("a range"),
    };
    end - start
}

#[test]
fn ranges_are_cut_to_what_the_server_says_it_answers() {
    const HOUR: i64 = 3_600_000;
    let web = Web::start(|asked: &Asked| match length(asked) {
        length if length > HOUR => {
            let Reply::Says(status, body) = too_long(length) else { panic!("words") };
            let words = String::from_utf8(body).expect("words").replace("1d", "1h");
            Reply::Says(status, words.into_bytes())
        }
        _ => answer(&shop(), true, asked),
    });
    let mut cells = open(&web);
    let window = "[2023-11-14T20:00Z .. +4h]";
    let total =
        |cells: &mut Cells, code: &str| only(cells, code).header.total.map(|total| total.value);
    assert_eq!(total(&mut cells, &format!("cpu{window} | flame")), Some(352.0));
    // `use` has found the limit out.
    assert_eq!(web.methods(), ["SelectMergeStacktraces"; 4]);
    let table = cells.table(&format!("cpu{window} | by (pod) | table"));
    let sum: f64 = (0..table.height()).map(|row| figure(&table, "total", row)).sum();
    assert_eq!(sum, 352.0);
    let points = cells.table(&format!("cpu{window} | series | table"));
    assert_eq!(figure(&points, "points", 0), 2.0, "steps of two minutes");
}
