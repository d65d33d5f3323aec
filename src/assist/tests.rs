//! Completion and inspection, by example; `$0` marks the cursor.

use super::*;
use crate::lang::types::Type;

struct Shop;

impl Scope for Shop {
    fn variable(&self, name: &str) -> Option<Type> {
        match name {
            "heap" => Some(Type::UNGROUPED),
            "gc" => Some(Type::Pattern),
            _ => None,
        }
    }

    fn variables(&self) -> Vec<String> {
        vec!["heap".to_owned(), "gc".to_owned()]
    }
}

impl Names for Shop {
    fn profile_types(&self) -> Vec<String> {
        vec!["cpu".to_owned(), "inuse_space".to_owned()]
    }

    fn labels(&self) -> Vec<String> {
        ["service", "pod", "version", "span id"].map(str::to_owned).into()
    }

    fn values(&self, label: &str) -> Vec<String> {
        if label == "version" { vec!["2".to_owned(), "1".to_owned()] } else { Vec::new() }
    }

    fn functions(&self) -> Vec<String> {
        vec!["encoding/json.Marshal".to_owned(), "main.(*Store).Put".to_owned()]
    }

    fn sources(&self) -> Vec<String> {
        vec!["prod".to_owned()]
    }
}

/// What is offered at `$0`, and the text it replaces.
fn offered(marked: &str) -> (Vec<String>, String) {
    let cursor = marked.find("$0").map(|at| marked[..at].chars().count()).expect("a cursor");
    let code = marked.replace("$0", "");
    let found = complete(&code, cursor, &Shop);
    let replaced = code.chars().skip(found.start).take(found.end - found.start).collect();
    (found.items.into_iter().map(|item| item.text).collect(), replaced)
}

#[test]
fn what_fits_at_the_cursor_is_offered() {
    for (marked, expected, replaced) in [
        ("c$0", &["cpu"][..], "c"),
        ("he$0", &["help", "heap"], "he"),
        ("cpu{$0", &["service", "pod", "version", "\"span id\""], ""),
        ("cpu{service=\"a\", v$0", &["version"], "v"),
        ("cpu{pod=\"a\", $0", &["service", "version", "\"span id\""], ""),
        ("cpu{version=$0", &["\"2\"", "\"1\""], ""),
        ("cpu{version=\"1$0\"}", &["\"1\""], "\"1\""),
        ("cpu | foc$0", &["focus"], "foc"),
        ("cpu | callers \"x\" | ta$0", &[], "ta"),
        ("cpu | top 5 | ta$0", &["take"], "ta"),
        ("cpu | by (pod) | tab$0", &["table"], "tab"),
        ("cpu | focus \"jso$0", &["\"encoding/json.Marshal\""], "\"jso"),
        ("cpu | focus $0", &["gc", "\"encoding/json.Marshal\"", "\"main.(*Store).Put\""], ""),
        ("cpu | focus {pack$0", &["package"], "pack"),
        ("cpu | by ($0", &["service", "pod", "version", "\"span id\""], ""),
        ("values v$0", &["version"], "v"),
        ("cpu[$0", &["5m", "15m", "1h", "6h", "1d", "now", "start()", "end()"], ""),
        ("cpu | granularity l$0", &["line"], "l"),
        ("cpu | top 5 by t$0", &["total"], "t"),
        ("set r$0", &["range"], "r"),
        ("help focu$0", &["focus"], "focu"),
        ("cpu from p$0", &["prod"], "p"),
        ("use \"de$0", &["\"demo:\""], "\"de"),
        (
            "cpu | top 5 | save \"$0\"",
            &[
                "\"profile.csv\"",
                "\"profile.parquet\"",
                "\"profile.html\"",
                "\"profile.md\"",
                "\"profile.json\"",
            ],
            "\"\"",
        ),
        ("let a = (cpu | callers \"x\" | ic$0", &["icicle"], "ic"),
        ("cpu # $0", &[], ""),
        ("\"é\"; cpu | ignor$0 # x", &["ignore"], "ignor"),
    ] {
        let (texts, text) = offered(marked);
        assert_eq!(
            (&texts[..], &*text),
            (&expected.iter().map(|e| (*e).to_owned()).collect::<Vec<_>>()[..], replaced),
            "{marked}"
        );
    }
}

#[test]
fn after_a_selection_its_parts_are_offered() {
    let (texts, _) = offered("cpu{version=\"1\"}$0");
    for part in ["[1h]", "offset", " | "] {
        assert!(texts.iter().any(|text| text == part), "{part} is not in {texts:?}");
    }
}

#[test]
fn a_word_is_explained() {
    for (marked, title) in [
        ("cpu | foc$0us \"x\"", Some("focus P")),
        ("cpu | where self$0(\"x\") > 1", Some("self(P[, q])")),
        ("hea$0p | flame", Some("heap")),
        ("cp$0u", Some("cpu")),
        ("cpu{ver$0sion=\"1\"}", Some("version")),
        ("le$0t a = 1", Some("let name = query")),
        ("cpu | by (nonsen$0se)", None),
        ("5 $0", None),
    ] {
        let cursor = marked.find("$0").expect("a cursor");
        let page = inspect(&marked.replace("$0", ""), cursor, &Shop);
        assert_eq!(page.map(|page| page.title).as_deref(), title, "{marked}");
    }
}

#[test]
fn every_cursor_has_an_answer() {
    let code =
        "let é = cpu{a=\"b\", c=~'d'}[6h:5m] | focus root \"x\" >> ~`y` | top 5 by self # end";
    for cursor in 0..=code.chars().count() + 3 {
        complete(code, cursor, &Shop);
        inspect(code, cursor, &Shop);
    }
}
