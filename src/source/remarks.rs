//! What readers say about files that they have read: what was left out, scaled or guessed.
//!
//! A file that could not be read is `Skipped` instead. Files that say the same are named in
//! one line, because a folder may hold thousands of them.

/// The remarks of many files, in order.
#[derive(Debug, Clone, Default)]
pub(super) struct Remarks {
    /// Each with the path of its file.
    signed: Vec<(String, String)>,
    /// Of the file that is being read.
    pending: Vec<String>,
}

impl Remarks {
    /// Adds a remark on the file that is being read.
    pub(super) fn add(&mut self, text: String) {
        self.pending.push(text);
    }

    pub(super) fn add_all(&mut self, texts: impl IntoIterator<Item = String>) {
        self.pending.extend(texts);
    }

    /// The file was read: the remarks since the last one are about it.
    pub(super) fn sign(&mut self, path: &str) {
        self.signed.extend(self.pending.drain(..).map(|text| (text, path.to_owned())));
    }

    /// The file was refused: there is nothing to say about its content.
    pub(super) fn discard(&mut self) {
        self.pending.clear();
    }

    pub(super) fn append(&mut self, later: Remarks) {
        self.signed.extend(later.signed);
    }

    /// A line for each different remark, with the file or the number of files.
    pub(super) fn lines(self) -> Vec<String> {
        let mut lines: Vec<(String, String, usize)> = Vec::new();
        for (text, path) in self.signed {
            match lines.iter_mut().find(|(known, ..)| *known == text) {
                Some((.., files)) => *files += 1,
                None => lines.push((text, path, 1)),
            }
        }
        let line = |(text, path, files)| match files {
            1 => format!("{path}: {text}"),
            more => format!("{path} and {} more: {text}", more - 1),
        };
        lines.into_iter().map(line).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_say_the_same_share_a_line() {
        let mut remarks = Remarks::default();
        for path in ["a", "b", "c"] {
            remarks.add("no times".to_owned());
            remarks.sign(path);
        }
        remarks.add("of a file that is refused".to_owned());
        remarks.discard();
        let mut later = Remarks::default();
        later.add("cut".to_owned());
        later.sign("d");
        remarks.append(later);
        assert_eq!(remarks.lines(), ["a and 2 more: no times", "d: cut"]);
    }
}
