//! Diffs as pictures and text: which functions grew and which shrank.

use crate::profile::{Change, Diff, StackId, Symbols};
use crate::view::parts::colour::{self, Colour};
use crate::view::parts::escape;
use crate::view::parts::screen::{Screen, amount};
use crate::view::stacks::boxes::{self, Direction, Limits, Paint};
use crate::view::stacks::change::{self, NOISE, Wording, most_changed};
use crate::view::stacks::flame::NOTHING;
use crate::view::stacks::shape::Shape;
use crate::view::stacks::text::{self, Form, LineColumns};
use crate::work::{Cancelled, Work};

/// Functions in the table below.
const FUNCTIONS: usize = 20;

/// Hidden branches are counted if they changed by at least this share of the whole.
const HIDDEN: f64 = 0.002;

/// How much colour remains for a change that is not statistically significant.
pub(crate) const PALE: f64 = 0.2;

/// Functions below the outline.
const PRINTED: usize = 15;

/// Draws a diff, with a legend above it and a table of the largest changes below.
pub(crate) fn flame(
    diff: &Diff,
    shape: &Shape<'_>,
    direction: Direction,
    limits: Limits,
    work: Work<'_>,
) -> Result<String, Cancelled> {
    Ok(match picture(diff, shape, direction, limits, work)?.as_str() {
        "" => NOTHING.to_owned(),
        picture => format!("{}{picture}{}", legend(diff), change::html(diff, FUNCTIONS, work)?),
    })
}

/// Draws a diff; "" if there is nothing to draw.
pub(crate) fn picture(
    diff: &Diff,
    shape: &Shape<'_>,
    direction: Direction,
    limits: Limits,
    work: Work<'_>,
) -> Result<String, Cancelled> {
    boxes::draw(shape, &DiffPaint::new(diff), direction, limits, work)
}

/// The legend: both sides, what is compared, and the colours.
pub(crate) fn legend(diff: &Diff) -> String {
    let wording = Wording { diff };
    let [before, after] = wording.sides();
    let swatch = |change: f64, meaning: &str| {
        let fill = colour::tint(change);
        format!("<span style=\"background-color:{fill};color:#000;padding:0 5px\">{meaning}</span>")
    };
    let noise = match diff.noise {
        Some(_) => format!(
            " · {} pale: the change of a function's total is not significant",
            swatch(PALE, NOISE)
        ),
        None => String::new(),
    };
    format!(
        "<div style=\"font:13px/20px sans-serif\"><b>{}</b> → <b>{}</b></div>\n\
         <div style=\"font:13px/20px sans-serif;margin:0 0 4px 0\">{} · {} · {}{}{} \
         (the change of a box's total, full at -100% and +100%){noise}</div>\n",
        escape::html(&before),
        escape::html(&after),
        escape::html(&wording.rule()),
        wording.width(),
        swatch(-1.0, "shrank"),
        swatch(0.0, "same"),
        swatch(1.0, "grew"),
    )
}

/// How many changes are significant, if that is known.
pub(crate) fn noise(diff: &Diff) -> Option<String> {
    Some(diff.noise.as_ref()?.summary(diff.mode))
}

/// The colour value of a box, from -1 to 1.
pub(crate) fn tint(diff: &Diff, stack: StackId) -> f64 {
    let tint = diff.total(stack).tint();
    if diff.is_insignificant(stack) { PALE * tint } else { tint }
}

/// Texts and colours of a diff's boxes and lines.
pub(crate) struct DiffPaint<'a> {
    diff: &'a Diff,
    wording: Wording<'a>,
}

impl DiffPaint<'_> {
    pub(crate) fn new(diff: &Diff) -> DiffPaint<'_> {
        DiffPaint { diff, wording: Wording { diff } }
    }

    /// Tooltip lines for before, after and the change.
    fn lines(&self, change: Change) -> Vec<String> {
        let word = |value: f64| self.wording.side(value);
        let mut delta = vec![self.wording.delta(change)];
        delta.extend(self.wording.of_whole(change));
        delta.push(self.wording.growth(change));
        vec![
            format!("before {}", word(change.before)),
            format!("after {}", word(change.after)),
            format!("change {}", delta.join(", ")),
        ]
    }

    /// Half of the interval of the function's change, which covers all its calls, while a box
    /// is one call.
    fn of_function(&self, stack: StackId) -> Option<String> {
        let frame = self.diff.symbols().stacks.frame(stack);
        let verdict = self.diff.verdict(frame).filter(|_| stack != StackId::EMPTY)?.total;
        let delta = Change { before: 0.0, after: verdict.delta };
        let half = verdict.half_interval();
        let (delta, half) = (self.wording.delta(delta), self.wording.error(half));
        let mark = if verdict.significant { "" } else { ", not significant" };
        Some(format!("all calls {delta} ± {half}{mark}"))
    }

    fn sum(&self, stacks: &[StackId]) -> Change {
        let sum = |totals: &[f64]| stacks.iter().map(|stack| totals[stack.index()]).sum();
        self.diff.change(sum(&self.diff.before.totals), sum(&self.diff.after.totals))
    }
}

impl Paint for DiffPaint<'_> {
    fn fill(&self, stack: StackId) -> Colour {
        colour::tint(tint(self.diff, stack))
    }

    fn mark(&self, stack: StackId) -> String {
        if self.diff.is_insignificant(stack) {
            return NOISE.to_owned();
        }
        if stack != StackId::EMPTY {
            return self.wording.growth(self.diff.total(stack));
        }
        let [before, after] =
            [&self.diff.before, &self.diff.after].map(|tree| amount(tree.total(), &tree.unit));
        format!("total {before} → {after}")
    }

    fn figures(&self, stack: StackId) -> Vec<String> {
        let mut lines = self.lines(self.diff.total(stack));
        lines.extend(self.of_function(stack));
        let own = self.diff.self_value(stack);
        if own != Change::default() {
            let [before, after] = [own.before, own.after].map(|value| self.wording.side(value));
            lines.push(format!("self {before} → {after}"));
        }
        lines
    }

    fn figures_of(&self, stacks: &[StackId]) -> String {
        self.lines(self.sum(stacks)).join(", ")
    }
}

/// What is compared, and how many changes are significant.
pub(crate) fn legend_lines(diff: &Diff, screen: Screen) -> Vec<String> {
    let sentences = std::iter::once(Wording { diff }.rule()).chain(noise(diff));
    let lines = sentences.flat_map(|sentence| screen.sentence(&sentence, 0));
    lines.map(|line| screen.dim(&line)).collect()
}

/// A diff as text below the header: the legend, the stacks that changed most, and the
/// functions that changed most.
pub(crate) fn outline(
    diff: &Diff,
    screen: Screen,
    work: Work<'_>,
) -> Result<Vec<String>, Cancelled> {
    let mut lines = legend_lines(diff, screen);
    lines.push(String::new());
    if Shape::of_diff(diff, work)?.is_empty() {
        lines.push("no samples".to_owned());
        return Ok(lines);
    }
    if Shape::of_changes(diff, work)?.is_empty() {
        lines.push("no stack changed".to_owned());
        return Ok(lines);
    }
    lines.extend(changes(diff, screen, work)?);
    lines.push(String::new());
    let (functions, _) = most_changed(diff, PRINTED, work)?;
    lines.extend(change::grid(diff, &functions).plain(screen));
    Ok(lines)
}

/// The stacks that changed most, as text.
pub(crate) fn changes(
    diff: &Diff,
    screen: Screen,
    work: Work<'_>,
) -> Result<Vec<String>, Cancelled> {
    let changes = Shape::of_changes(diff, work)?;
    if changes.is_empty() {
        return Ok(vec!["no stack changed".to_owned()]);
    }
    text::write(&changes, &DiffPaint::new(diff), screen, Form::TREE, work)
}

impl LineColumns for DiffPaint<'_> {
    fn symbols(&self) -> &Symbols {
        self.diff.symbols()
    }

    fn is_silent(&self, stack: StackId) -> bool {
        self.diff.self_value(stack) == Change::default()
    }

    fn titles(&self) -> Vec<(&'static str, usize)> {
        vec![("before", 11), ("after", 12), ("change", 12), ("growth", 9)]
    }

    fn numbers(&self, stack: StackId) -> Vec<String> {
        let change = self.diff.total(stack);
        let [before, after] = [change.before, change.after].map(|value| self.wording.side(value));
        let delta = self.wording.delta(change);
        let is_insignificant = self.diff.is_insignificant(stack);
        let delta = if is_insignificant { format!("{NOISE} {delta}") } else { delta };
        vec![before, after, delta, self.wording.growth(change)]
    }

    fn counted(&self) -> Option<String> {
        text::counted(&self.diff.unit())
    }

    fn hidden(&self, stacks: &[StackId]) -> Option<String> {
        let change = self.sum(stacks);
        let [before, after] = [&self.diff.before, &self.diff.after].map(|tree| tree.whole.abs());
        let whole = self.diff.change(before, after);
        let is_mentioned = change.delta().abs() > HIDDEN * whole.before.max(whole.after);
        is_mentioned.then(|| self.wording.delta(change))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::diff::{Mode, Width};
    use crate::view::fixture::{noisy, tree};

    fn outline(diff: &Diff, screen: Screen) -> Vec<String> {
        super::outline(diff, screen, Work::unattended()).expect("no interrupt")
    }

    /// 10 s then 10 s. a: 7 then 4, b: 2 then 4, c: removed, d: new with 2.
    fn diff(mode: Mode) -> Diff {
        let before = tree(&[("a;x", 7e9), ("b", 2e9), ("c", 1e9)]);
        let after = tree(&[("a;x", 4e9), ("b", 4e9), ("d", 2e9)]);
        Diff::align(before, after, mode, [0.0; 2], Work::unattended()).expect("no interrupt")
    }

    fn html(diff: &Diff) -> String {
        flame(
            diff,
            &Shape::of_diff(diff, Work::unattended()).expect("no interrupt"),
            Direction::Up,
            Limits::STATIC,
            Work::unattended(),
        )
        .expect("no interrupt")
    }

    #[test]
    fn boxes_are_as_wide_as_both_sides_and_show_the_change() {
        let html = html(&diff(Mode::Share));
        // 11 of 20 s, 6 of 20, 2 of 20, 1 of 20; a was 7 and is 4.
        for (place, label) in [
            ("left:0%;width:55%;", ">-42.9% a</div>"),
            ("left:55%;width:30%;", ">+100% b</div>"),
            ("left:85%;width:10%;", ">new d</div>"),
            ("left:95%;width:5%;", ">removed c</div>"),
        ] {
            let found = html.lines().any(|line| line.contains(place) && line.contains(label));
            assert!(found, "{place} {label} in {html}");
        }
        assert!(html.contains("before 20.0%&#10;after 40.0%&#10;change +20.0 pp, +100%&#10;self"));
        assert!(html.contains(">total 10 s → 10 s</div>"));
        // b doubled: full red. The root is grey.
        assert!(
            html.contains(&format!("width:30%;height:17px;background-color:{}", colour::tint(1.0)))
        );
        assert!(html.contains("<b>before: total 10 s</b> → <b>after: total 10 s</b>"));
        assert!(html.contains("<summary>5 functions by change of total</summary>"));
    }

    #[test]
    fn the_width_of_one_side_omits_stacks_of_the_other() {
        let mut diff = diff(Mode::Amount);
        diff.width = Width::After;
        let html = html(&diff);
        assert!(html.contains("left:0%;width:40%;") && html.contains("left:80%;width:20%;"));
        assert!(!html.contains(">removed c</div>"));
    }

    #[test]
    fn the_outline_is_in_order_of_change_with_words_for_new_and_removed() {
        let lines = outline(&diff(Mode::Amount), Screen::PIPE);
        assert_eq!(
            lines[..7],
            [
                "compared in amounts; pp are of the total before",
                "",
                "     before       after      change   growth  function",
                "       10 s        10 s        0 ns       0%  total",
                "        7 s         4 s        -3 s   -42.9%  a › x",
                "        2 s         4 s        +2 s    +100%  b",
                "       0 ns         2 s        +2 s      new  d",
            ]
        );
        assert_eq!(lines[7], "        1 s        0 ns        -1 s  removed  c");
    }

    #[test]
    fn a_change_that_is_not_significant_is_pale_and_marked() {
        let diff = noisy(diff(Mode::Amount), &["b"]);
        let html = html(&diff);
        // a and x fell by 3 of 7, c by all, d is new; b doubled.
        for (label, fill) in [
            (">≈ a</div>", -0.2 * 3.0 / 7.0),
            (">≈ c</div>", -0.2),
            (">≈ d</div>", 0.2),
            (">+100% b</div>", 1.0),
        ] {
            let fill = format!("background-color:{}", colour::tint(fill));
            let found = html.lines().flat_map(|line| line.split("<div "));
            let mut found = found.filter(|drawn| drawn.contains(label));
            assert!(found.any(|drawn| drawn.contains(&fill)), "{label} {fill} in {html}");
        }
        assert!(
            // 1.96 standard errors of 1 ns.
            html.contains("all calls +2 ns ± 1.96 ns, not significant&#10;")
                && html.contains("± 1.96 ns&#10;")
        );
        assert!(
            html.contains(">≈</span> pale: the change of a function's total is not significant")
        );
        let lines = outline(&diff, Screen::PIPE);
        assert_eq!(
            lines[1],
            "2 profiles against 3, replicated by profiles in time: of 5 functions 1 changed \
             significantly in self and 1 in total (5 % false discovery); ≈ marks the rest"
        );
        assert_eq!(
            lines[3..7],
            [
                "     before       after      change   growth  function",
                "       10 s        10 s        0 ns       0%  total",
                "        7 s         4 s      ≈ -3 s   -42.9%  a › x",
                "        2 s         4 s        +2 s    +100%  b",
            ]
        );
        let table = lines.iter().skip_while(|line| !line.starts_with("function"));
        let table: Vec<_> = table.map(|line| line.split("  ").map(str::trim)).collect();
        let cells = |row: usize| {
            let cells = table[row].clone().filter(|cell| !cell.is_empty());
            cells.collect::<Vec<_>>()
        };
        assert_eq!(cells(0)[3..6], ["delta", "low", "high"]);
        assert_eq!(cells(2)[..4], ["x", "7 s", "4 s", "≈ -3 s"]);
        // Each of self and total has two sides, a change, two ends and a growth.
        assert_eq!(cells(2).len(), 1 + 2 * 6);
    }

    #[test]
    fn equal_and_empty_sides_render() {
        let same = Diff::align(
            tree(&[("a", 1.0)]),
            tree(&[("a", 1.0)]),
            Mode::Share,
            [0.0; 2],
            Work::unattended(),
        )
        .expect("no interrupt");
        assert_eq!(
            outline(&same, Screen::PIPE).last().map(String::as_str),
            Some("no stack changed")
        );
        let empty = Diff::align(tree(&[]), tree(&[]), Mode::Share, [0.0; 2], Work::unattended())
            .expect("no interrupt");
        assert_eq!(outline(&empty, Screen::PIPE).last().map(String::as_str), Some("no samples"));
        assert_eq!(html(&empty), NOTHING);
        let new =
            Diff::align(tree(&[]), tree(&[("a", 1.0)]), Mode::Share, [0.0; 2], Work::unattended())
                .expect("no interrupt");
        assert!(html(&new).contains(">new a</div>"));
        assert!(outline(&new, Screen::PIPE).iter().any(|line| line.ends_with("new  a")));
    }

    #[test]
    fn hostile_titles_and_names_are_text() {
        let hostile = "</div><script>x\u{202e}\0\x1b[1m";
        let mut diff = Diff::align(
            tree(&[(hostile, 1.0)]),
            tree(&[]),
            Mode::Amount,
            [0.0; 2],
            Work::unattended(),
        )
        .expect("no interrupt");
        diff.titles = [hostile.into(), hostile.into()];
        assert!(!html(&diff).contains("<script"));
        let text = outline(&diff, Screen::CELL).join("\n");
        assert!(!text.contains(['\u{202e}', '\0', '\x1b']));
    }
}
