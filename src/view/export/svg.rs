//! SVG images: inferno's interactive flame graph, and charts.

use inferno::flamegraph::color::{BackgroundColor, Color, PaletteMap};
use inferno::flamegraph::{self, Direction, Options};

use super::{SaveError, diff, folded, tree};
use crate::eval::result::value::{Outcome, Value, View};
use crate::profile::{Diff, Tree};
use crate::quantity::Unit;
use crate::view::{parts::colour, parts::escape, time::chart};
use crate::work::{Buffer, Cancelled, Work};

/// SVG of a tree, a diff or a timeline.
pub(super) fn svg(outcome: &Outcome, work: Work<'_>) -> Result<String, SaveError> {
    match (&outcome.value, tree(&outcome.value)) {
        (_, Some(tree)) => flame(outcome, tree, work),
        (value, None) if diff(value).is_some() => {
            let differential = |diff| differential(outcome, diff, work);
            diff(value).map_or(Err(SaveError::NoSamples), differential)
        }
        (Value::Series(series) | Value::View(View::Timeline(series)), _) => {
            chart::svg(series, chart::Legend::Drawn).ok_or(SaveError::NoSamples)
        }
        _ => Err(SaveError::NoSamples),
    }
}

fn flame(outcome: &Outcome, tree: &Tree, work: Work<'_>) -> Result<String, SaveError> {
    let (scale, count_name) = counts(tree);
    // inferno's input has whole numbers above zero.
    let whole = |value: f64| Some((value * scale).round()).filter(|n| *n > 0.0);
    let lines = folded::lines(tree, |_, value| Some(format!("{:.0}", whole(value)?)), work)?;
    if lines.is_empty() {
        return Err(SaveError::NoSamples);
    }
    let mut palette = palette(tree, work)?;
    let mut options = options(outcome, &mut palette);
    options.count_name = count_name;
    drawn(&mut options, &lines, work)
}

/// Widths are those after, colours are the change; functions that were removed have no
/// box.
fn differential(outcome: &Outcome, diff: &Diff, work: Work<'_>) -> Result<String, SaveError> {
    let (scale, count_name) = counts(&diff.after);
    let whole = |_: &Tree, _, value: f64| format!("{:.0}", (value * scale).round().max(0.0));
    let lines = folded::changes(diff, whole, work)?;
    if diff.after.total() <= 0.0 {
        return Err(SaveError::NoSamples);
    }
    let mut palette = PaletteMap::default();
    let mut options = options(outcome, &mut palette);
    options.palette_map = None;
    options.count_name = count_name;
    drawn(&mut options, &lines, work)
}

fn drawn(options: &mut Options<'_>, lines: &[String], work: Work<'_>) -> Result<String, SaveError> {
    let (mut svg, mut steps) = (Buffer::new(work), work.steps());
    let lines = lines.iter().map(String::as_str).take_while(|_| steps.take().is_ok());
    let drawn = flamegraph::from_lines(options, lines, &mut svg);
    let svg = svg.finish()?;
    drawn.map_err(|error| SaveError::Drawing(error.to_string()))?;
    Ok(String::from_utf8_lossy(&svg).into_owned())
}

fn options<'a>(outcome: &Outcome, palette: &'a mut PaletteMap) -> Options<'a> {
    let header = &outcome.header;
    let mut options = Options::default();
    options.title = if header.subject.is_empty() {
        "Flame graph".into()
    } else {
        escape::name(&header.subject)
    };
    options.subtitle = header.window.map(|window| window.to_string());
    options.bgcolors = Some(BackgroundColor::Flat(Color { r: 0xff, g: 0xff, b: 0xff }));
    options.palette_map = Some(palette);
    options.font_type = "sans-serif".into();
    if matches!(outcome.value, Value::View(View::Icicle(_))) {
        options.direction = Direction::Inverted;
    }
    options
}

/// The colours that functions have in cells.
fn palette(tree: &Tree, work: Work<'_>) -> Result<PaletteMap, Cancelled> {
    let mut palette = PaletteMap::default();
    let colour::Colour(r, g, b) = colour::GREY;
    palette.insert("all", Color { r, g, b });
    work.each(tree.symbols.stacks.iter(), |(stack, ..)| {
        if tree.totals[stack.index()] != 0.0 {
            let colour::Colour(r, g, b) = colour::fill(tree.name(stack));
            palette.insert(folded::name(tree.name(stack)), Color { r, g, b });
        }
    })?;
    Ok(palette)
}

/// The factor that turns values into whole numbers without loss, and the resulting unit.
fn counts(tree: &Tree) -> (f64, String) {
    let name = tree.unit.to_string();
    match tree.unit {
        Unit::Cores => (1e6, "millionths of a core".into()),
        Unit::PerSecond(_) | Unit::Ratio(..) | Unit::None | Unit::Percent => {
            (1e3, format!("thousandths {name}").trim_end().to_owned())
        }
        Unit::Nanoseconds | Unit::Bytes | Unit::Count(_) => (1.0, name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::fixture::{bare, tree};

    fn svg(outcome: &Outcome) -> Result<String, SaveError> {
        super::svg(outcome, Work::unattended())
    }

    #[test]
    fn the_flame_graph_uses_the_unit_of_the_tree() {
        let tree = tree(&[("main;run", 3.0), ("main", 1.0)]);
        let svg = svg(&bare(Value::Tree(tree))).expect("a picture");
        assert!(svg.contains("<title>run (3 ns, 75.00%)</title>"), "{svg}");
        assert!(svg.contains("<title>main (4 ns, 100.00%)</title>"));
    }

    #[test]
    fn hostile_names_are_escaped_in_svg_too() {
        let svg = svg(&bare(Value::Tree(tree(&[("</title><script>x", 1.0)])))).expect("a picture");
        assert!(svg.contains("&lt;/title&gt;&lt;script&gt;x"));
        assert!(!svg.contains("<script>x"));
    }
}
