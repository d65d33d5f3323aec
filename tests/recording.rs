//! Builds small profiles for tests.
//!
//! It writes the pprof format without the code that reads it. So it checks field numbers
//! independently, and can write files that a decoder must reject.

use std::collections::BTreeMap;
use std::path::Path;

/// A profile of one sample type, built stack by stack.
#[derive(Clone, Default)]
pub(crate) struct Recording {
    strings: Strings,
    sample_type: Vec<u8>,
    samples: Vec<u8>,
    /// Function and location ids by name; each function has one location.
    ids: BTreeMap<String, u64>,
    start: i64,
    duration: i64,
    tail: Vec<u8>,
}

#[derive(Clone)]
struct Strings(Vec<Vec<u8>>);

impl Default for Strings {
    fn default() -> Strings {
        Strings(vec![Vec::new()])
    }
}

impl Strings {
    fn index(&mut self, text: &[u8]) -> u64 {
        let known = self.0.iter().position(|string| string == text);
        let at = known.unwrap_or_else(|| {
            self.0.push(text.to_vec());
            self.0.len() - 1
        });
        at as u64
    }
}

impl Recording {
    /// For a sample type such as `cpu` in `nanoseconds`.
    pub(crate) fn of(name: &str, unit: &str) -> Recording {
        let mut recording = Recording::default();
        let (name, unit) =
            (recording.strings.index(name.as_bytes()), recording.strings.index(unit.as_bytes()));
        recording.sample_type = [number(1, name), number(2, unit)].concat();
        recording
    }

    /// Started this many seconds after the epoch.
    pub(crate) fn at(mut self, seconds: i64) -> Recording {
        self.start = seconds * 1_000_000_000;
        self
    }

    pub(crate) fn lasting(mut self, seconds: i64) -> Recording {
        self.duration = seconds * 1_000_000_000;
        self
    }

    /// Adds a sample: names from root to leaf, separated by semicolons.
    pub(crate) fn stack(self, names: &str, value: i64) -> Recording {
        let path: Vec<&str> = names.split(';').collect();
        self.path(&path, value, &[])
    }

    /// Adds a sample with labels.
    pub(crate) fn labelled(self, names: &str, value: i64, labels: &[(&str, &str)]) -> Recording {
        let path: Vec<&str> = names.split(';').collect();
        self.path(&path, value, labels)
    }

    /// Adds a sample whose stack has one entry per name.
    pub(crate) fn path(mut self, names: &[&str], value: i64, labels: &[(&str, &str)]) -> Recording {
        let mut sample = Vec::new();
        for name in names.iter().rev() {
            let next = self.ids.len() as u64 + 1;
            let id = *self.ids.entry((*name).to_owned()).or_insert(next);
            sample.extend(number(1, id));
        }
        sample.extend(number(2, value as u64));
        for (name, text) in labels {
            let pair = (self.strings.index(name.as_bytes()), self.strings.index(text.as_bytes()));
            sample.extend(message(3, &[number(1, pair.0), number(2, pair.1)].concat()));
        }
        self.samples.extend(message(2, &sample));
        self
    }

    /// Adds a sample whose labels are numbers with a unit, which may be empty.
    pub(crate) fn sized(
        mut self,
        names: &str,
        value: i64,
        labels: &[(&str, i64, &str)],
    ) -> Recording {
        let sample = self.clone().stack(names, value);
        let own = sample.samples[self.samples.len()..].to_vec();
        self = Recording { samples: self.samples, ..sample };
        // Without the tag and the length of the message, which is short.
        let mut own = own[2..].to_vec();
        for (name, amount, unit) in labels {
            let (name, unit) =
                (self.strings.index(name.as_bytes()), self.strings.index(unit.as_bytes()));
            let label = [number(1, name), number(3, *amount as u64), number(4, unit)].concat();
            own.extend(message(3, &label));
        }
        self.samples.extend(message(2, &own));
        self
    }

    /// Other bytes for the end of the file, written with [`number`] and [`message`].
    pub(crate) fn with(mut self, field: &[u8]) -> Recording {
        self.tail.extend(field);
        self
    }

    /// The uncompressed file.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut strings = self.strings.clone();
        let mut symbols = Vec::new();
        for (name, id) in &self.ids {
            let function = [number(1, *id), number(2, strings.index(name.as_bytes()))].concat();
            symbols.extend(message(5, &function));
            symbols.extend(message(4, &[number(1, *id), message(4, &number(1, *id))].concat()));
        }
        let texts: Vec<u8> = strings.0.iter().flat_map(|string| message(6, string)).collect();
        let times = [number(9, self.start as u64), number(10, self.duration as u64)].concat();
        [
            message(1, &self.sample_type),
            self.samples.clone(),
            symbols,
            texts,
            times,
            self.tail.clone(),
        ]
        .concat()
    }

    /// Writes the file, and the folders above it.
    pub(crate) fn save(&self, folder: &Path, name: &str) {
        write(folder, name, &self.bytes());
    }
}

/// Writes any file, and the folders above it.
pub(crate) fn write(folder: &Path, name: &str, bytes: &[u8]) {
    let path = folder.join(name);
    let above = path.parent().expect("a file in a folder");
    std::fs::create_dir_all(above).expect("a writable folder");
    std::fs::write(path, bytes).expect("a writable folder");
}

/// A field with a number.
pub(crate) fn number(field: u64, value: u64) -> Vec<u8> {
    [varint(field << 3), varint(value)].concat()
}

/// A field with bytes: a text, or an embedded message.
pub(crate) fn message(field: u64, bytes: &[u8]) -> Vec<u8> {
    [varint(field << 3 | 2), varint(bytes.len() as u64), bytes.to_vec()].concat()
}

fn varint(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}
