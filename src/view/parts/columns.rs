//! The widths of a table's columns on a screen that may be too narrow for it.
//!
//! Numbers are never cut. What they leave goes to the column that names the row, and then
//! to the other texts. Titles of several words take several lines before a name is cut. A
//! table that is too wide even so is folded: blocks one below the other, each with the names.

use crate::view::parts::fit;

#[derive(Debug)]
pub(crate) struct Column {
    pub(crate) title: String,
    pub(crate) align: Align,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Align {
    /// Text.
    Left,
    /// Numbers.
    Right,
    /// Bars, which are never cut.
    Drawing,
}

/// Columns of the screen between two columns of a table.
pub(crate) const GAP: usize = 2;

/// No text is cut below this, and so no date.
const NARROWEST: usize = 20;

/// The part of the screen that names get before other columns stand beside them.
const NAMES: f64 = 0.4;

/// The columns of a table that stand side by side, and their widths.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Block {
    pub(crate) columns: Vec<usize>,
    pub(crate) widths: Vec<usize>,
}

/// How wide a column wants to be, and how narrow it may be.
#[derive(Debug, Clone, Copy)]
struct Wish {
    least: usize,
    most: usize,
    is_text: bool,
}

/// One block if all columns fit `width`. `widest` is the width of the widest cell of each
/// column.
pub(crate) fn blocks(columns: &[Column], widest: &[usize], width: usize) -> Vec<Block> {
    let mut wishes: Vec<Wish> =
        columns.iter().zip(widest).map(|(column, widest)| wish(column, *widest)).collect();
    let names = names(columns);
    let room = (width as f64 * NAMES) as usize;
    wishes[names].least = wishes[names].least.max(wishes[names].most.min(room));
    let least = |columns: &[usize]| {
        let least: usize = columns.iter().map(|column| wishes[*column].least).sum();
        least + GAP * columns.len().saturating_sub(1)
    };
    let mut blocks = vec![vec![names]];
    for at in (0..columns.len()).filter(|at| *at != names) {
        let open = blocks.last().cloned().unwrap_or_default();
        let wider = [open.as_slice(), &[at]].concat();
        if least(&wider) <= width || open.len() < 2 {
            blocks.pop();
            blocks.push(wider);
        } else {
            blocks.push(vec![names, at]);
        }
    }
    let block = |mut columns: Vec<usize>| {
        columns.sort_unstable();
        let widths = widths(&columns, &wishes, names, width);
        Block { columns, widths }
    };
    blocks.into_iter().map(block).collect()
}

/// The column that names the rows.
fn names(columns: &[Column]) -> usize {
    let function = columns.iter().position(|column| column.title == "function");
    let text = || columns.iter().position(|column| column.align == Align::Left);
    function.or_else(text).unwrap_or(0)
}

fn wish(column: &Column, widest: usize) -> Wish {
    let title = fit::columns(&column.title);
    let word = column.title.split(' ').map(fit::columns).max().unwrap_or(0).min(NARROWEST);
    let most = widest.max(title);
    match column.align {
        Align::Left => Wish { least: most.min(NARROWEST), most, is_text: true },
        Align::Right => Wish { least: widest.max(word), most, is_text: false },
        Align::Drawing => Wish { least: widest, most: widest, is_text: false },
    }
}

/// Each column gets what it needs at least; the rest of `width` goes to the names, then to
/// the other texts, then to the titles of numbers.
fn widths(columns: &[usize], wishes: &[Wish], names: usize, width: usize) -> Vec<usize> {
    let is_name: Vec<bool> = columns.iter().map(|column| *column == names).collect();
    let wishes: Vec<Wish> = columns.iter().map(|column| wishes[*column]).collect();
    let gaps = GAP * wishes.len().saturating_sub(1);
    let mut widths: Vec<usize> = wishes.iter().map(|wish| wish.least).collect();
    let mut room = width.saturating_sub(gaps + widths.iter().sum::<usize>());
    give(&mut widths, &wishes, &mut room, |at| is_name[at]);
    give(&mut widths, &wishes, &mut room, |at| wishes[at].is_text);
    give(&mut widths, &wishes, &mut room, |_| true);
    widths
}

/// Widens the chosen columns in turn until each is as wide as it wants or nothing is left.
fn give(
    widths: &mut [usize],
    wishes: &[Wish],
    room: &mut usize,
    is_chosen: impl Fn(usize) -> bool,
) {
    loop {
        let narrow = |at: &usize| is_chosen(*at) && widths[*at] < wishes[*at].most;
        let Some(narrowest) = (0..widths.len()).filter(narrow).min_by_key(|at| widths[*at]) else {
            return;
        };
        if *room == 0 {
            return;
        }
        widths[narrowest] += 1;
        *room -= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(title: &str, align: Align) -> Column {
        Column { title: title.into(), align }
    }

    fn check(
        columns: &[Column],
        widest: &[usize],
        width: usize,
        expected: &[(&[usize], &[usize])],
    ) {
        let found = blocks(columns, widest, width);
        let found: Vec<_> =
            found.iter().map(|block| (block.columns.as_slice(), block.widths.as_slice())).collect();
        assert_eq!(found, expected, "{width}");
    }

    #[test]
    fn numbers_come_first_then_the_first_column_then_the_other_texts() {
        let columns = [
            column("function", Align::Left),
            column("self", Align::Right),
            column("file", Align::Left),
        ];
        let widest = [50, 9, 40];
        check(&columns, &widest, 120, &[(&[0, 1, 2], &[50, 9, 40])]);
        // 90 less 9 for numbers, 4 for gaps and 20 for the file are 57.
        check(&columns, &widest, 90, &[(&[0, 1, 2], &[50, 9, 27])]);
        check(&columns, &widest, 60, &[(&[0, 1, 2], &[27, 9, 20])]);
        check(&columns, &widest, 54, &[(&[0, 1, 2], &[21, 9, 20])]);
        // With less, names would get less than 40 %.
        check(&columns, &widest, 53, &[(&[0, 1], &[42, 9]), (&[0, 2], &[31, 20])]);
    }

    #[test]
    fn every_block_has_the_names_where_they_stand() {
        let columns = [
            column("self", Align::Right),
            column("total", Align::Right),
            column("function", Align::Left),
        ];
        check(&columns, &[9, 9, 30], 80, &[(&[0, 1, 2], &[9, 9, 30])]);
        check(&columns, &[18, 18, 30], 40, &[(&[0, 2], &[18, 20]), (&[1, 2], &[18, 20])]);
    }

    #[test]
    fn a_title_of_words_breaks_before_a_name_is_cut() {
        let columns = [column("function", Align::Left), column("change of total", Align::Right)];
        check(&columns, &[30, 8], 47, &[(&[0, 1], &[30, 15])]);
        check(&columns, &[30, 8], 46, &[(&[0, 1], &[30, 14])]);
        check(&columns, &[30, 8], 40, &[(&[0, 1], &[30, 8])]);
        check(&columns, &[30, 8], 35, &[(&[0, 1], &[25, 8])]);
    }
}
