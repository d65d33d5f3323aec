//! The names of a payload: each is written once, and frequent ones get short ids.

use rustc_hash::{FxHashMap, FxHashSet};

use super::scene::ScenePane;
use crate::profile::StackId;
use crate::view::parts::colour::{self, Colour, GREY};
use crate::view::parts::escape;
use crate::work::{Cancelled, Work};

/// Longer names are cut, because a page never shows all of them.
const LONGEST: usize = 4096;

/// A name before ids are assigned: an index into [`NameTable`].
pub(super) type NameId = u32;

/// The root's name. It is distinct from a function with the same name.
pub(super) const ROOT: NameId = 0;

/// The name of `(other)` boxes.
pub(super) const OTHER: NameId = 1;

/// All names in a scene's panes, in order of first appearance.
#[derive(Debug)]
pub(super) struct NameTable<'a> {
    known: FxHashMap<&'a str, NameId>,
    texts: Vec<&'a str>,
    files: Vec<&'a str>,
}

/// The names in the payload, in the order of their ids.
#[derive(Debug, Default)]
pub(super) struct Ranked<'a> {
    pub(super) texts: Vec<std::borrow::Cow<'a, str>>,
    pub(super) colours: String,
    pub(super) files: Vec<&'a str>,
    pub(super) file: Vec<i32>,
    /// By `NameId`: the id in the payload.
    ids: Vec<u32>,
}

impl<'a> NameTable<'a> {
    pub(super) fn new() -> NameTable<'a> {
        NameTable {
            known: FxHashMap::from_iter([("(other)", OTHER)]),
            texts: vec!["total", "(other)"],
            files: vec!["", ""],
        }
    }

    /// By frame of a pane: its name. Frames without a stack have [`ROOT`].
    pub(super) fn of_frames(
        &mut self,
        pane: &ScenePane<'a>,
        work: Work<'_>,
    ) -> Result<Vec<NameId>, Cancelled> {
        let symbols = pane.stacks.symbols();
        let mut names = vec![ROOT; symbols.frames.len()];
        work.each(symbols.stacks.iter(), |(_, _, frame)| {
            if names[frame.index()] == ROOT {
                let file = symbols.frame_file(frame);
                names[frame.index()] = self.intern(symbols.frame_name(frame), file);
            }
        })?;
        Ok(names)
    }

    fn intern(&mut self, text: &'a str, file: &'a str) -> NameId {
        *self.known.entry(text).or_insert_with(|| {
            self.texts.push(text);
            self.files.push(file);
            (self.texts.len() - 1) as u32
        })
    }

    pub(super) fn find(&self, text: &str) -> Option<NameId> {
        self.known.get(text).copied()
    }

    /// Gives the most frequent names the ids of one byte, the next the ids of two bytes.
    /// Ids of one length are in alphabetical order, because names of one package, their
    /// files and their colours then compress best.
    pub(super) fn ranked(&self, used: impl Iterator<Item = NameId>) -> Ranked<'a> {
        let mut counts = vec![0_usize; self.texts.len()];
        used.for_each(|name| counts[name as usize] += 1);
        counts[ROOT as usize] = usize::MAX;
        let mut order: Vec<NameId> = (0..self.texts.len() as u32).collect();
        order.retain(|name| counts[*name as usize] > 0);
        order.sort_by_key(|name| (std::cmp::Reverse(counts[*name as usize]), *name));
        self.sort_alike(&mut order);
        let mut ranked = Ranked { ids: vec![u32::MAX; self.texts.len()], ..Ranked::default() };
        let mut files = FxHashMap::default();
        for (id, name) in order.into_iter().enumerate() {
            let (text, file) = (self.texts[name as usize], self.files[name as usize]);
            ranked.ids[name as usize] = id as u32;
            ranked.texts.push(escape::shorten(text, LONGEST));
            let Colour(r, g, b) = if name <= OTHER { GREY } else { colour::fill(text) };
            ranked.colours.push_str(&format!("{r:02x}{g:02x}{b:02x}"));
            ranked.file.push(match file {
                "" => -1,
                file => *files.entry(file).or_insert_with(|| {
                    ranked.files.push(file);
                    ranked.files.len() as i32 - 1
                }),
            });
        }
        ranked
    }

    /// Sorts names whose ids have the same length; the root stays first.
    fn sort_alike(&self, order: &mut [NameId]) {
        let mut start = 1;
        for bits in [7, 14, 21, 28, 31] {
            let end = order.len().min(1 << bits);
            if start < end {
                order[start..end].sort_by_key(|name| self.texts[*name as usize]);
            }
            start = end;
        }
    }
}

impl Ranked<'_> {
    /// The payload id of a name in use.
    pub(super) fn id(&self, name: NameId) -> Option<u32> {
        Some(self.ids[name as usize]).filter(|id| *id != u32::MAX)
    }
}

/// By stack: whether it calls, is called by, or is itself a call of a function in focus.
pub(super) fn related(
    pane: &ScenePane<'_>,
    names: &[NameId],
    focus: &[NameId],
    work: Work<'_>,
) -> Result<Vec<bool>, Cancelled> {
    let stacks = &pane.stacks.symbols().stacks;
    let focus: FxHashSet<NameId> = focus.iter().copied().collect();
    let mut related = vec![false; stacks.len()];
    work.each(stacks.iter(), |(stack, parent, frame)| {
        related[stack.index()] = related[parent.index()] || focus.contains(&names[frame.index()]);
    })?;
    work.each(stacks.iter().rev(), |(stack, parent, _)| {
        related[parent.index()] |= related[stack.index()];
    })?;
    related[StackId::EMPTY.index()] = true;
    Ok(related)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_in_use_have_an_id_and_the_root_has_the_first() {
        let mut names = NameTable::new();
        let [rare, often] = ["rare", "often"].map(|text| names.intern(text, "x.go"));
        let unused = names.intern("unused", "");
        let ranked = names.ranked([ROOT, rare, often, often].into_iter());
        assert_eq!(ranked.texts, ["total", "often", "rare"]);
        assert_eq!(
            [ROOT, often, rare, unused].map(|n| ranked.id(n)),
            [Some(0), Some(1), Some(2), None]
        );
        assert_eq!((&*ranked.files, &*ranked.file), (&["x.go"][..], &[-1, 0, 0][..]));
        assert_eq!(&ranked.colours[..6], "b8b8b8");
    }

    #[test]
    fn a_function_called_total_is_not_the_root() {
        let mut names = NameTable::new();
        assert_ne!(names.intern("total", ""), ROOT);
        assert_eq!(names.intern("(other)", ""), OTHER);
    }
}
