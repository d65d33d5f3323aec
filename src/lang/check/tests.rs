//! Tests of the checker by example.

use super::*;
use crate::lang::parse;

/// A session with a variable of each type.
struct Session;

impl Scope for Session {
    fn variable(&self, name: &str) -> Option<Type> {
        Some(match name {
            "_" | "sel" => Type::UNGROUPED,
            "groups" => Type::GROUPED,
            "rows" => Type::Table,
            "window" | "service" => Type::Text,
            "n" => Type::Number,
            "gc" => Type::Pattern,
            "drawn" => Type::View,
            _ => return None,
        })
    }

    fn variables(&self) -> Vec<String> {
        ["_", "sel", "groups", "rows", "window", "service", "n", "gc", "drawn"]
            .map(str::to_owned)
            .into()
    }
}

fn checked(code: &str) -> (Vec<Type>, Vec<Diagnostic>) {
    let (cell, diagnostics) = parse(code);
    assert!(diagnostics.is_empty(), "{code}: {diagnostics:?}");
    let (plan, found) = check(&cell, &Session);
    (plan.steps.into_iter().map(|step| step.gives).collect(), found)
}

#[test]
fn every_pipe_has_the_type_of_its_last_stage() {
    for (code, expected) in [
        ("cpu", Type::UNGROUPED),
        ("cpu{a=\"b\"}[1h] | focus \"x\" | hide gc", Type::UNGROUPED),
        ("cpu | by (pod)", Type::GROUPED),
        ("cpu | by (pod) | focus \"x\" | rate | topk 5", Type::GROUPED),
        ("cpu | series", Type::Series),
        ("(cpu / alloc_space) | timeline", Type::View),
        ("cpu / 2", Type::Series),
        ("cpu | callers \"x\"", Type::Tree),
        ("cpu | callers \"x\" | trim 1% | top 5", Type::Table),
        ("types | where profiles > 5 | take 2", Type::Table),
        ("groups | where self(\"x\") > 5% and version = \"2\"", Type::GROUPED),
        ("rows | extend a = self / total | sort a desc", Type::Table),
        ("_ | flame | save \"x.svg\"", Type::View),
        ("sel{a=service}[window] offset window", Type::UNGROUPED),
        ("1h + 30m", Type::Duration),
        ("now - 1h", Type::Time),
        ("2 * n", Type::Number),
        ("self(gc, sel) < 5%", Type::Bool),
        ("\"text\"", Type::Text),
        ("[1, 2]", Type::List),
        ("let p = \"a\" >> ~\"b\"", Type::Pattern),
        ("let t = \"a\"", Type::Text),
        ("let p = {package=\"runtime\"}", Type::Pattern),
        ("use \"demo:\" {env=\"x\"}", Type::Nothing),
        ("help focus", Type::Text),
    ] {
        let (types, found) = checked(code);
        assert_eq!((types.last().copied(), &found[..]), (Some(expected), &[][..]), "{code}");
    }
}

#[test]
fn variables_of_earlier_statements_are_known() {
    let (types, found) = checked(
        "let a = cpu | by (pod)\na | table\nlet p = ~\"x\"\ncpu | focus p\nw = \"1h\"\ncpu[w]",
    );
    assert_eq!(found, []);
    assert_eq!(types[1], Type::Table);
}

#[test]
fn the_examples_of_the_registries_check() {
    let verbs = crate::lang::verbs::all().flat_map(|spec| spec.examples);
    let functions = crate::lang::functions::FUNCTIONS.iter().flat_map(|spec| spec.examples);
    for example in verbs.chain(functions) {
        assert_eq!(checked(example).1, [], "{example}");
    }
}

#[test]
fn mistakes_are_reported_once_with_a_way_out() {
    for (code, slug, message, help) in [
        (
            "cpu | top 20 | focus \"x\" | flame",
            "type-mismatch",
            "`focus` needs Profiles, Tree or Diff, got Table",
            "leave out `top`: `cpu | focus \"x\"`",
        ),
        (
            "cpu | sort self",
            "type-mismatch",
            "`sort` needs Table or Diff, got Profiles that are not grouped",
            "make a table first: `top 20 | sort self`",
        ),
        (
            "cpu | topk 5",
            "type-mismatch",
            "`topk` needs grouped Profiles or Series, got Profiles that are not grouped",
            "group first: `by (pod) | topk 5`",
        ),
        (
            "\"cpu\" | flame",
            "type-mismatch",
            "`flame` needs Profiles, Tree or Diff, got Text",
            "a profile type has no quotes: `cpu`",
        ),
        (
            "cpu{service=checkout}",
            "unquoted",
            "`checkout` is not a variable",
            "quote text values: service=\"checkout\"",
        ),
        (
            "cpu | focus json",
            "unquoted",
            "`json` is not a variable",
            "quote function patterns: \"*json*\"",
        ),
        ("cpu[windw]", "unknown-variable", "`windw` is not a variable", "did you mean `window`?"),
        (
            "rows{a=\"b\"}",
            "type-mismatch",
            "`rows` is a Table, not a selection",
            "braces, ranges and offsets narrow Profiles",
        ),
        (
            "{a=\"b\"}",
            "no-type",
            "a selection needs a profile type",
            "write it first: `cpu{a=\"b\"}`; `types` lists all types",
        ),
        (
            "_7 | flame",
            "no-result",
            "`_7` holds no result",
            "run a query first: `_` is the last result, _7 is that of In[7]",
        ),
        (
            "cpu | where n = 5",
            "type-mismatch",
            "`where` needs grouped Profiles, Table or Diff, got Profiles that are not grouped",
            "write `cpu{n=\"5\"}`",
        ),
        (
            "groups | where 5",
            "type-mismatch",
            "a condition is needed, got Number",
            "compare it: `where self(\"runtime.*\") < 5%`",
        ),
        (
            "assert self(\"x\") < 5%",
            "missing-input",
            "`self` has nothing to measure here",
            "name a selection as well: `self(\"runtime.*\", cpu)`",
        ),
        (
            "rows | where self(\"x\") < 5%",
            "missing-input",
            "`self` has nothing to measure here",
            "columns of a table have no parentheses: `where self > 5%`",
        ),
        (
            "10MiB < 5s",
            "unit-mismatch",
            "`<` does not work between bytes and a time",
            "both sides must measure the same",
        ),
        (
            "share(gc, sel) < 5MiB",
            "unit-mismatch",
            "`<` does not work between a share and bytes",
            "a share compares with a percentage; `self` and `total` give amounts",
        ),
        (
            "n < \"5\"",
            "type-mismatch",
            "`<` does not work between Number and Text",
            "numbers are written without quotes",
        ),
        (
            "assert n",
            "type-mismatch",
            "a condition is needed, got Number",
            "compare it: `self(\"runtime.*\", cpu) < 5%`",
        ),
        ("set rnage 1h", "unknown-setting", "there is no setting `rnage`", "did you mean `range`?"),
        ("help focsu", "unknown-topic", "there is no help on `focsu`", "did you mean `focus`?"),
        (
            "cpu[2026-03-02 .. 2026-03-01]",
            "empty-range",
            "the range ends before it starts",
            "write the earlier time first",
        ),
        (
            "use \"x\" {env=~\"p\"}",
            "type-mismatch",
            "`use` adds the label `env` and needs its value",
            "select after opening: `cpu{env=~\"p\"}`",
        ),
    ] {
        let (_, found) = checked(code);
        let [only] = &found[..] else { panic!("{code}: {found:?}") };
        assert_eq!(
            (only.slug, &*only.message, only.help.as_deref()),
            (slug, message, Some(help)),
            "{code}"
        );
    }
}
