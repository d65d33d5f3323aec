//! Checks a cell without running it: its type, or its errors.

use std::collections::HashMap;

use flamebook::diag::{Diagnostic, render};
use flamebook::lang::ast::StatementKind;
use flamebook::lang::types::Type;
use flamebook::lang::{Scope, check, parse};

/// The variables of a page.
#[derive(Default)]
pub(super) struct Variables(HashMap<String, Type>);

impl Scope for Variables {
    fn variable(&self, name: &str) -> Option<Type> {
        self.0.get(name).copied()
    }

    fn variables(&self) -> Vec<String> {
        self.0.keys().cloned().collect()
    }
}

/// The errors of a cell from parsing and checking.
pub(super) fn errors(code: &str, variables: &Variables) -> Vec<Diagnostic> {
    let (cell, mut diagnostics) = parse(code);
    diagnostics.extend(check(&cell, variables).1);
    diagnostics
}

/// `type` and its name, or `error` and the report; keeps the cell's bindings.
pub(super) fn outcome(code: &str, variables: &mut Variables) -> (String, String) {
    let diagnostics = errors(code, variables);
    if !diagnostics.is_empty() {
        let reports: Vec<String> =
            diagnostics.iter().map(|one| render::plain(one, code, "In[1]")).collect();
        return ("error".to_owned(), reports.join("\n\n"));
    }
    let (cell, _) = parse(code);
    let (plan, _) = check(&cell, variables);
    for (statement, step) in cell.statements.iter().zip(&plan.steps) {
        if let StatementKind::Let { name, .. } = &statement.kind {
            variables.0.insert(name.text.to_string(), step.gives);
        }
    }
    let last = plan.steps.last().map_or(Type::Nothing, |step| step.gives);
    if matches!(cell.statements.last().map(|last| &last.kind), Some(StatementKind::Query(_))) {
        variables.0.insert("_".to_owned(), last);
    }
    let name = if last == Type::GROUPED { "grouped Profiles" } else { last.name() };
    ("type".to_owned(), name.to_owned())
}

/// The cell with every patch of these errors applied.
pub(super) fn patched(code: &str, errors: &[Diagnostic]) -> String {
    let mut patches: Vec<_> = errors.iter().filter_map(|error| error.patch.as_ref()).collect();
    patches.sort_by_key(|patch| std::cmp::Reverse((patch.place.start, patch.place.end)));
    let mut code = code.to_owned();
    for patch in patches {
        code.replace_range(patch.place.start..patch.place.end, &patch.text);
    }
    code
}
