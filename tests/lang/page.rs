//! A page of the reference: its blocks, and the results they state.
//!
//! With `BLESS=1` in the environment, wrong blocks are rewritten, to be reviewed as a
//! diff. Expected text is only on the page.

use std::fs;
use std::path::{Path, PathBuf};

/// A fenced block: its language and its text, and the lines that hold its text.
#[derive(Debug, Clone)]
pub(super) struct Block {
    pub(super) language: String,
    pub(super) text: String,
    /// Line numbers from 0; the opening fence is on the line before.
    pub(super) start: usize,
    pub(super) end: usize,
}

/// A cell, and the block with its expected result.
#[derive(Debug)]
pub(super) struct Example {
    pub(super) code: String,
    pub(super) outcome: Block,
}

#[derive(Debug)]
pub(super) struct Page {
    pub(super) name: String,
    path: PathBuf,
    text: String,
}

impl Page {
    /// Every page below `tests/lang`, by name.
    pub(super) fn all() -> Vec<Page> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/lang");
        let entries = fs::read_dir(folder).expect("the pages of the reference");
        let paths = entries.map(|entry| entry.expect("a page").path());
        let mut pages: Vec<Page> = paths
            .filter(|path| path.extension().is_some_and(|end| end == "md"))
            .map(Page::read)
            .collect();
        pages.sort_by(|a, b| a.name.cmp(&b.name));
        pages
    }

    fn read(path: PathBuf) -> Page {
        let text = fs::read_to_string(&path).expect("a page is text");
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Page { name, path, text }
    }

    /// The page of this name.
    pub(super) fn named(name: &str) -> Page {
        Page::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/lang").join(name))
    }

    /// The cells, each with its expected result.
    pub(super) fn examples(&self) -> Vec<Example> {
        let blocks = self.blocks();
        let pairs = blocks.windows(2).filter(|pair| pair[0].language == "flame");
        pairs
            .map(|pair| Example {
                code: pair[0].text.trim_end().to_owned(),
                outcome: Block { text: pair[1].text.trim_end().to_owned(), ..pair[1].clone() },
            })
            .collect()
    }

    fn blocks(&self) -> Vec<Block> {
        let mut blocks = Vec::new();
        let mut open: Option<Block> = None;
        for (number, line) in self.text.lines().enumerate() {
            match (line.strip_prefix("```"), &mut open) {
                (Some(language), None) => {
                    let (language, start) = (language.to_owned(), number + 1);
                    open = Some(Block { language, text: String::new(), start, end: start });
                }
                (Some(_), Some(block)) => {
                    block.end = number;
                    blocks.extend(open.take());
                }
                (None, Some(block)) => block.text += &format!("{line}\n"),
                (None, None) => {}
            }
        }
        blocks
    }

    /// A report of wrong blocks; with `BLESS` the page is rewritten instead.
    pub(super) fn settle(&self, mut wrong: Vec<(Block, (String, String))>) -> String {
        if std::env::var_os("BLESS").is_some() {
            wrong.sort_by_key(|(block, _)| std::cmp::Reverse(block.start));
            self.bless(&wrong);
            return String::new();
        }
        let reports = wrong.iter().map(|(block, (language, text))| {
            format!(
                "\n{}:{}\n--- the page says\n{}\n{}\n--- it is\n{language}\n{text}\n",
                self.name, block.start, block.language, block.text
            )
        });
        reports.collect()
    }

    fn bless(&self, wrong: &[(Block, (String, String))]) {
        let mut lines: Vec<String> = self.text.lines().map(str::to_owned).collect();
        for (block, (language, text)) in wrong {
            let block_lines = std::iter::once(format!("```{language}"));
            let new: Vec<String> = block_lines.chain(text.lines().map(str::to_owned)).collect();
            lines.splice(block.start - 1..block.end, new);
        }
        fs::write(&self.path, lines.join("\n") + "\n").expect("the page is written anew");
    }
}
