//! Evaluates arithmetic over selections, such as `a / c`, to totals over time.
//!
//! Values are taken per second, as in a timeline: `alloc_space / cpu` is in bytes per
//! CPU second, with or without `rate`. All selections use the same step: the one that a
//! selection names, or else the longest default step among them. A selection with an
//! `offset` is moved in time to match the first one, as in PromQL.

use crate::diag::{Diagnostic, Place};
use crate::eval::error::Result;
use crate::eval::query::evaluator::{Evaluator, Piped};
use crate::eval::result::operators::{arithmetic, division_by_zero, negated};
use crate::eval::result::scalar::Scalar;
use crate::eval::result::value::{Header, Outcome, SeriesSet, Value};
use crate::eval::selection::profiles::Profiles;
use crate::eval::tables::describe;
use crate::eval::time::arithmetic::{Matched, between, with_number};
use crate::eval::time::series::{self, stepped};
use crate::lang::ast::{BinaryOp, Expr, ExprKind, Input};
use crate::profile::Labels;
use crate::quantity::{Quantity, Span, Unit, Window};

/// The number of groups that a note lists.
const MAX_LISTED: usize = 5;

/// An expression whose selections are evaluated but not yet counted.
enum Term {
    Scalar(Scalar),
    Profiles(Box<Profiles>),
    Series(Box<(SeriesSet, Header)>),
    Binary { op: BinaryOp, sides: Box<[(Term, Place); 2]>, place: Place },
}

/// The value of a part of an expression.
enum Part {
    Number(Quantity),
    Series(SeriesSet),
}

/// How the selections of an expression are counted, with notes for the reader.
struct Count {
    step: Span,
    /// The offset of the first selection; others are moved by the difference.
    offset: Span,
    notes: Vec<String>,
}

impl Evaluator<'_> {
    pub fn calculate(&self, expr: &Expr) -> Result<Piped> {
        let term = match self.term(expr)? {
            Term::Scalar(value) => return Ok(super::input::scalar(value)),
            term => term,
        };
        let mut count = Count::of(&term, expr.place)?;
        let Part::Series(series) = self.part(&term, expr.place, &mut count)? else {
            return Err(not_calculable("just a number", expr.place).into());
        };
        let mut header = header(&term, count.offset);
        header.notes.extend(count.notes);
        Ok(Piped::Done(Outcome { value: Value::Series(series), header }))
    }

    fn term(&self, expr: &Expr) -> Result<Term> {
        match &expr.kind {
            ExprKind::Binary { op, left, right } if op.is_arithmetic() => {
                let sides = [(self.term(left)?, left.place), (self.term(right)?, right.place)];
                binary(*op, sides, expr.place)
            }
            ExprKind::Negate(inner) => match self.term(inner)? {
                Term::Scalar(value) => Ok(Term::Scalar(negated(value, inner.place)?)),
                term => {
                    let minus = Term::Scalar(Scalar::Number(Quantity::new(-1.0, Unit::None)));
                    let sides = [(minus, expr.place), (term, inner.place)];
                    binary(BinaryOp::Multiply, sides, expr.place)
                }
            },
            ExprKind::Query(query) => match &query.source {
                Input::Expr(inner) if query.stages.is_empty() => self.term(inner),
                _ => leaf(self.query(query)?, expr.place),
            },
            _ => leaf(self.source(expr)?, expr.place),
        }
    }

    fn part(&self, term: &Term, place: Place, count: &mut Count) -> Result<Part> {
        match term {
            Term::Scalar(Scalar::Number(number)) => Ok(Part::Number(number.clone())),
            Term::Scalar(other) => Err(not_calculable(&other.to_string(), place).into()),
            Term::Series(series) => Ok(Part::Series(series.0.clone())),
            Term::Profiles(profiles) => {
                let shift = Span(profiles.offset.0.saturating_sub(count.offset.0));
                let work = self.context.work;
                let series = stepped(profiles, count.step, shift, work)?;
                Ok(Part::Series(series))
            }
            Term::Binary { op, sides, place } => {
                let [(left, left_place), (right, right_place)] = &**sides;
                let parts =
                    [self.part(left, *left_place, count)?, self.part(right, *right_place, count)?];
                combine(*op, parts, [left, right], *place, count).map(Part::Series)
            }
        }
    }
}

/// Makes a binary term; two scalars are calculated immediately.
fn binary(op: BinaryOp, sides: [(Term, Place); 2], place: Place) -> Result<Term> {
    if let [(Term::Scalar(left), _), (Term::Scalar(right), _)] = &sides {
        return Ok(arithmetic(op, left, right, place).map(Term::Scalar)?);
    }
    Ok(Term::Binary { op, sides: Box::new(sides), place })
}

fn leaf(piped: Piped, place: Place) -> Result<Term> {
    match piped {
        Piped::Profiles(profiles) => Ok(Term::Profiles(Box::new(profiles.as_rate()))),
        Piped::Done(Outcome { value: Value::Series(series), header }) => {
            Ok(Term::Series(Box::new((series, header))))
        }
        Piped::Done(Outcome { value: Value::Scalar(value), .. }) => Ok(Term::Scalar(value)),
        Piped::Done(outcome) => {
            Err(not_calculable(&format!("a {}", outcome.value.type_name()), place).into())
        }
    }
}

fn combine(
    op: BinaryOp,
    parts: [Part; 2],
    terms: [&Term; 2],
    place: Place,
    count: &mut Count,
) -> Result<SeriesSet> {
    let units = parts.each_ref().map(Part::unit);
    let mismatch = || unit_mismatch(op, &units, place);
    match &parts {
        [Part::Series(left), Part::Series(right)] => {
            let matched = between(op, left, right).ok_or_else(mismatch)?;
            count.note_unmatched(left, right, &matched, terms, place)?;
            Ok(matched.series)
        }
        [Part::Series(_), Part::Number(number)]
            if op == BinaryOp::Divide && number.value == 0.0 =>
        {
            Err(division_by_zero(place).into())
        }
        [Part::Series(series), Part::Number(number)] => {
            Ok(with_number(op, series, number, false).ok_or_else(mismatch)?)
        }
        [Part::Number(number), Part::Series(series)] => {
            Ok(with_number(op, series, number, true).ok_or_else(mismatch)?)
        }
        // `binary` has already calculated two scalars.
        [Part::Number(_), Part::Number(_)] => Err(mismatch().into()),
    }
}

impl Part {
    fn unit(&self) -> Unit {
        match self {
            Part::Number(number) => number.unit.clone(),
            Part::Series(series) => series.unit.clone(),
        }
    }
}

impl Count {
    fn of(term: &Term, place: Place) -> Result<Count> {
        let mut leaves = Vec::new();
        term.leaves(place, &mut leaves);
        let offset = leaves.iter().find_map(|(leaf, _)| leaf.offset()).unwrap_or_default();
        let asked = asked_step(&leaves)?;
        let natural = || leaves.iter().filter_map(|(leaf, _)| leaf.natural_step()).max();
        let step = asked.or_else(natural).unwrap_or(Span::seconds(1));
        let mut notes = Vec::new();
        for (leaf, _) in &leaves {
            notes.extend(leaf.moved(offset));
        }
        Ok(Count { step, offset, notes })
    }

    /// Notes lines without a counterpart, and fails if no line has one.
    fn note_unmatched(
        &mut self,
        left: &SeriesSet,
        right: &SeriesSet,
        matched: &Matched,
        terms: [&Term; 2],
        place: Place,
    ) -> Result<()> {
        let [l, r] = terms.map(Term::subject);
        let is_empty = left.lines.is_empty() || right.lines.is_empty();
        if matched.series.lines.is_empty() && !is_empty {
            return Err(no_counterpart(&matched.alone, [&l, &r], place).into());
        }
        for (alone, own, other) in [(&matched.alone[0], &l, &r), (&matched.alone[1], &r, &l)] {
            if !alone.is_empty() {
                self.notes.push(format!("only in {own}, not in {other}: {}", listed(alone)));
            }
        }
        let has_values = |series: &SeriesSet| {
            series.lines.iter().any(|line| line.points.iter().any(|(_, value)| value.is_some()))
        };
        if has_values(left) && has_values(right) && !has_values(&matched.series) {
            self.notes.push(format!(
                "{l} and {r} have no time step in common; `offset` moves one of them"
            ));
        }
        Ok(())
    }
}

/// The step that a selection names, or that its series already has.
fn asked_step(leaves: &[(&Term, Place)]) -> Result<Option<Span>> {
    let mut asked: Option<(Span, Place)> = None;
    for (leaf, place) in leaves {
        match (leaf.asked_step(), asked) {
            (Some(step), Some((known, first))) if step != known => {
                let message = format!("one side has steps of {known}, the other of {step}");
                return Err(Diagnostic::error("step-mismatch", message)
                    .at(*place, format!("steps of {step}"))
                    .related(first, format!("steps of {known}"))
                    .help(format!("name the same step on both sides, or on one: `cpu[6h:{known}]`"))
                    .into());
            }
            (Some(step), None) => asked = Some((step, *place)),
            _ => {}
        }
    }
    Ok(asked.map(|(step, _)| step))
}

impl Term {
    /// Collects the selections and series, from left to right.
    fn leaves<'t>(&'t self, place: Place, found: &mut Vec<(&'t Term, Place)>) {
        match self {
            Term::Scalar(_) => {}
            Term::Profiles(_) | Term::Series(_) => found.push((self, place)),
            Term::Binary { sides, .. } => {
                for (side, place) in sides.iter() {
                    side.leaves(*place, found);
                }
            }
        }
    }

    fn offset(&self) -> Option<Span> {
        match self {
            Term::Profiles(profiles) => Some(profiles.offset),
            Term::Series(_) => Some(Span(0)),
            Term::Scalar(_) | Term::Binary { .. } => None,
        }
    }

    fn asked_step(&self) -> Option<Span> {
        match self {
            Term::Profiles(profiles) => profiles.step,
            Term::Series(series) => series.0.step,
            Term::Scalar(_) | Term::Binary { .. } => None,
        }
    }

    fn natural_step(&self) -> Option<Span> {
        match self {
            Term::Profiles(profiles) => Some(series::step(profiles)),
            Term::Series(_) | Term::Scalar(_) | Term::Binary { .. } => None,
        }
    }

    /// A note such as `cpu is shown 1d later than it was recorded`, if the offset differs.
    fn moved(&self, first: Span) -> Option<String> {
        let by = Span(self.offset()?.0.saturating_sub(first.0));
        let (length, word) = match by.0 {
            0 => return None,
            1.. => (by, "later"),
            _ => (Span(by.0.saturating_neg()), "earlier"),
        };
        Some(format!("{} is shown {length} {word} than it was recorded", self.subject()))
    }

    /// The expression as text, for a header: `alloc_space{pod="a"} / cpu`.
    fn subject(&self) -> String {
        match self {
            Term::Scalar(scalar) => scalar.to_string(),
            Term::Profiles(profiles) => profiles.subject.clone(),
            Term::Series(series) => series.1.subject.clone(),
            Term::Binary { op, sides, .. } => {
                let [(left, _), (right, _)] = &**sides;
                format!("{} {} {}", left.bracketed(), op.symbol(), right.bracketed())
            }
        }
    }

    fn bracketed(&self) -> String {
        let is_compound = match self {
            Term::Binary { .. } => true,
            Term::Series(series) => series.1.subject.contains(' '),
            Term::Scalar(_) | Term::Profiles(_) => false,
        };
        if is_compound { format!("({})", self.subject()) } else { self.subject() }
    }
}

/// Joins the headers of all sides: the common window, summed counts, each rule once.
fn header(term: &Term, offset: Span) -> Header {
    let mut leaves = Vec::new();
    term.leaves(Place::default(), &mut leaves);
    let headers = leaves.iter().filter_map(|(leaf, _)| match leaf {
        Term::Profiles(profiles) => {
            let mut header = describe::header(profiles);
            let shift = Span(profiles.offset.0.saturating_sub(offset.0));
            header.window = header.window.map(|window| Window {
                start: window.start.plus(shift),
                end: window.end.plus(shift),
            });
            Some(header)
        }
        Term::Series(series) => Some(series.1.clone()),
        Term::Scalar(_) | Term::Binary { .. } => None,
    });
    let whole = headers.reduce(joined).unwrap_or_default();
    Header { subject: term.subject(), total: None, kept: None, granularity: None, ..whole }
}

fn joined(mut left: Header, right: Header) -> Header {
    left.window = match (left.window, right.window) {
        (Some(left), Some(right)) => Some(left.union(right)),
        (left, right) => left.or(right),
    };
    left.series += right.series;
    left.snapshots += right.snapshots;
    if !left.rule.split("; ").any(|rule| rule == right.rule) {
        left.rule = format!("{}; {}", left.rule, right.rule);
    }
    let notes = right.notes.into_iter().filter(|note| !left.notes.contains(note));
    let notes: Vec<String> = notes.collect();
    left.notes.extend(notes);
    let unread = right.skipped.into_iter();
    let unread: Vec<_> = unread.filter(|file| !left.skipped.contains(file)).collect();
    left.skipped.extend(unread);
    left
}

/// `pod="a", pod="b" and 3 more`
fn listed(labels: &[Labels]) -> String {
    let named = labels.iter().take(MAX_LISTED).map(|labels| match labels.is_empty() {
        true => "a group without labels".to_owned(),
        false => labels.to_string(),
    });
    let named: Vec<String> = named.collect();
    match labels.len().saturating_sub(MAX_LISTED) {
        0 => named.join("; "),
        more => format!("{} and {more} more", named.join("; ")),
    }
}

fn no_counterpart(alone: &[Vec<Labels>; 2], subjects: [&str; 2], place: Place) -> Diagnostic {
    let [left, right] = subjects;
    Diagnostic::error("no-counterpart", format!("no group of {left} is in {right}"))
        .at(place, "groups are matched by equal labels")
        .help("group both sides alike: `(alloc_space | by (pod)) / (cpu | by (pod))`")
        .note(format!("on the left {}, on the right {}", listed(&alone[0]), listed(&alone[1])))
}

pub(super) fn unit_mismatch(op: BinaryOp, units: &[Unit; 2], place: Place) -> Diagnostic {
    let named = |unit: &Unit| match unit {
        Unit::None => "a plain number".to_owned(),
        unit => unit.to_string(),
    };
    let (left, right) = (named(&units[0]), named(&units[1]));
    let error = Diagnostic::error(
        "unit-mismatch",
        format!("`{}` does not work between {left} and {right}", op.symbol()),
    )
    .at(place, "has no unit");
    match op {
        BinaryOp::Multiply => error.help("one side must be a plain number; `/` gives a ratio"),
        _ => error.help("both sides must measure the same; `/` gives a ratio"),
    }
}

fn not_calculable(what: &str, place: Place) -> Diagnostic {
    Diagnostic::error("type-mismatch", format!("cannot calculate with {what}"))
        .at(place, "neither a selection nor a number")
}
