//! Blocks made by hand: their checksums are right and their content is wrong.
//! Whatever a table or a list says, reading it ends in an answer or in an error.

use std::fs;
use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;

use polars_core::prelude::{Column, DataFrame, DataType, IntoColumn, NamedFrom, Series};
use polars_io::prelude::{ParquetReader, SerReader};
use serde_json::Value;

use super::block::{BLOCKS, CONTENTS};
use super::compact::Gathered;
use super::manifest::Manifest;
use super::state::Live;
use super::summed::summed;
use super::{Compaction, Import, Store, compact, import, table};
use crate::profile::Labels;
use crate::quantity::{Span, Timestamp, Window};
use crate::source::{Asked, Request, Source};
use crate::work::{Cancel, Unwatched, Work};

const STORE: &str = "made.flamestore";
const BLOCK: &str = "000002";

/// A store of one block, which is kept as it was beside the one that is changed.
struct Made {
    folder: tempfile::TempDir,
    manifest: Value,
    contents: Value,
}

impl Made {
    fn new() -> Made {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let path = folder.path().join(STORE);
        let wanted = Import { patterns: vec!["demo:".to_owned()], ..Import::default() };
        with_work(|work| import(&path, &wanted, folder.path(), &|| {}, work)).expect("a store");
        // A few profiles of each type are enough, and are read some thousand times.
        let wanted = Compaction { keep: Some(Span::seconds(15)), ..Compaction::default() };
        with_work(|work| compact(&path, &wanted, &|| {}, work)).expect("a smaller store");
        let json = |path: PathBuf| {
            serde_json::from_slice(&fs::read(path).expect("a file")).expect("what we wrote")
        };
        let manifest = json(path.join("manifest.json"));
        let contents = json(path.join(BLOCKS).join(BLOCK).join(CONTENTS));
        Made { folder, manifest, contents }
    }

    fn store(&self) -> PathBuf {
        self.folder.path().join(STORE)
    }

    fn block(&self) -> PathBuf {
        self.store().join(BLOCKS).join(BLOCK)
    }

    fn tables(&self) -> Vec<String> {
        let files = self.contents["files"].as_object().expect("files by name");
        files.keys().cloned().collect()
    }

    fn read_table(&self, name: &str) -> DataFrame {
        let bytes = fs::read(self.block().join(name)).expect("a table");
        ParquetReader::new(Cursor::new(bytes)).finish().expect("Parquet")
    }

    /// Puts lists in place, with the right checksums, and with the same shapes in both.
    fn put_lists(&self, manifest: &Value, contents: &Value) {
        let (mut manifest, mut contents) = (manifest.clone(), contents.clone());
        match (manifest.pointer_mut("/blocks/0/shapes"), contents.get_mut("shapes")) {
            (Some(listed), Some(own)) if *listed == self.manifest["blocks"][0]["shapes"] => {
                *listed = own.clone();
            }
            (Some(listed), Some(own)) => *own = listed.clone(),
            _ => {}
        }
        let contents = contents.to_string();
        if let Some(block) = manifest.pointer_mut("/blocks/0").and_then(Value::as_object_mut) {
            block.insert("check".to_owned(), crc32fast::hash(contents.as_bytes()).into());
        }
        fs::write(self.block().join(CONTENTS), contents).expect("a file");
        let text = match manifest.as_object_mut() {
            Some(fields) => {
                fields.remove("sum");
                summed(manifest.to_string().into_bytes())
            }
            None => manifest.to_string().into_bytes(),
        };
        fs::write(self.store().join("manifest.json"), text).expect("a file");
    }

    /// Puts a table in place, reads everything, and takes it back.
    fn with_table(&self, name: &str, frame: DataFrame, what: &str) {
        let path = self.block().join(name);
        let before = fs::read(&path).expect("a table");
        let sums = table::write(&path, &[frame]).expect("a table");
        let mut contents = self.contents.clone();
        contents["files"][name] = serde_json::to_value(sums).expect("JSON");
        self.put_lists(&self.manifest, &contents);
        self.read_all(&format!("{name}: {what}"));
        fs::write(path, before).expect("a file");
    }

    /// Everything that is ever read of a store.
    fn read_all(&self, what: &str) {
        let read = || {
            with_work(|work| {
                let Ok(store) = Store::open(STORE, &Labels::default(), self.folder.path()) else {
                    return;
                };
                for kind in &store.types() {
                    let window =
                        Window { start: Timestamp(i64::MIN), end: Timestamp(i64::MAX / 2) };
                    for window in [None, Some(window)] {
                        let request =
                            Request { kind, matchers: &[], window, asked: Asked::EVERYTHING };
                        let _ = store.select(&request, work).and_then(|found| found.read(work));
                    }
                    let _ = store.label_names(kind, None, work);
                }
                let Ok(Some((manifest, _))) = Manifest::read(&self.store()) else { return };
                for entry in manifest.blocks {
                    let (images, holds) = (Arc::default(), Arc::default());
                    let block = entry.block(&self.store(), &images, &holds);
                    let live = Live { block, entry };
                    let _ = Gathered::default().add(&live, None, work);
                    for shape in &live.entry.shapes {
                        let _ = live.block.hashes(shape);
                    }
                }
            });
        };
        assert!(catch_unwind(AssertUnwindSafe(read)).is_ok(), "{what} panics");
    }
}

fn with_work<T>(with: impl FnOnce(Work<'_>) -> T) -> T {
    with(Work { cancel: &Cancel::new(), watch: &Unwatched })
}

/// A column with another value in one row.
fn with_value(column: &Column, row: usize, value: i64) -> Option<Column> {
    let name = column.name().clone();
    let changed = match column.dtype() {
        DataType::UInt32 => {
            let mut values: Vec<_> = column.u32().ok()?.into_no_null_iter().collect();
            values[row] = value as u32;
            Series::new(name, values)
        }
        DataType::Int64 => {
            let mut values: Vec<_> = column.i64().ok()?.into_no_null_iter().collect();
            values[row] = value;
            Series::new(name, values)
        }
        _ => return None,
    };
    Some(changed.into_column())
}

#[test]
fn whatever_a_number_in_a_table_is_nothing_panics() {
    let made = Made::new();
    made.read_all("a sound store");
    let sound = Store::open(STORE, &Labels::default(), made.folder.path()).expect("a sound store");
    assert!(!sound.types().is_empty(), "there is something to read before it is broken");
    let mut changed = 0;
    for name in made.tables() {
        let frame = made.read_table(&name);
        for column in frame.columns() {
            for row in [0, frame.height() / 2, frame.height().saturating_sub(1)] {
                for value in [0, 1, 70_000, i64::from(i32::MIN), i64::MAX, i64::MIN] {
                    let Some(column) = with_value(column, row, value) else { continue };
                    let what = format!("{value} in row {row} of {}", column.name());
                    let mut frame = frame.clone();
                    frame.with_column(column).expect("a column as long as the others");
                    made.with_table(&name, frame, &what);
                    changed += 1;
                }
            }
        }
    }
    assert!(changed > 300, "{changed}");
}

#[test]
fn whatever_a_table_lacks_nothing_panics() {
    let made = Made::new();
    for name in made.tables() {
        let frame = made.read_table(&name);
        made.with_table(&name, frame.head(Some(0)), "no rows");
        made.with_table(&name, frame.head(Some(frame.height() / 2)), "half of the rows");
        made.with_table(&name, frame.slice(1, frame.height()), "all rows but the first");
        for column in frame.get_column_names() {
            made.with_table(&name, frame.drop(column).expect("a column"), &format!("no {column}"));
            let nulls = Series::full_null(column.clone(), frame.height(), &DataType::UInt32);
            let mut nothing = frame.clone();
            nothing.with_column(nulls.into_column()).expect("a column");
            made.with_table(&name, nothing, &format!("nothing in {column}"));
        }
    }
}

/// Calls back with the document once for each part of it that was replaced.
fn each_change(document: &Value, each: &mut impl FnMut(&Value, &str)) {
    let mut pointers = Vec::new();
    fn walk(value: &Value, pointer: String, pointers: &mut Vec<String>) {
        match value {
            Value::Array(items) => {
                for (at, item) in items.iter().enumerate().take(3) {
                    walk(item, format!("{pointer}/{at}"), pointers);
                }
            }
            Value::Object(fields) => {
                for (name, field) in fields {
                    let name = name.replace('~', "~0").replace('/', "~1");
                    walk(field, format!("{pointer}/{name}"), pointers);
                }
            }
            _ => {}
        }
        pointers.push(pointer);
    }
    walk(document, String::new(), &mut pointers);
    let others = [
        Value::Null,
        0.into(),
        1.into(),
        u64::MAX.into(),
        i64::MIN.into(),
        "".into(),
        "../x".into(),
        Value::Array(Vec::new()),
        serde_json::json!({}),
    ];
    for pointer in pointers {
        for other in &others {
            let mut changed = document.clone();
            *changed.pointer_mut(&pointer).expect("a part") = other.clone();
            each(&changed, &format!("{other} at {pointer}"));
        }
    }
}

#[test]
fn whatever_a_list_of_files_says_nothing_panics() {
    let made = Made::new();
    each_change(&made.contents, &mut |contents, what| {
        made.put_lists(&made.manifest, contents);
        made.read_all(&format!("{CONTENTS}: {what}"));
    });
    each_change(&made.manifest, &mut |manifest, what| {
        made.put_lists(manifest, &made.contents);
        made.read_all(&format!("the manifest: {what}"));
    });
}

/// Flipped bits, below a checksum that was made after them.
#[test]
fn whatever_the_bytes_of_a_table_are_nothing_panics() {
    let made = Made::new();
    let mut dice = 0x9e37_79b9_7f4a_7c15_u64;
    for name in made.tables() {
        let path = made.block().join(&name);
        let before = fs::read(&path).expect("a table");
        for _ in 0..40 {
            let mut bytes = before.clone();
            for _ in 0..3 {
                dice ^= dice << 13;
                dice ^= dice >> 7;
                dice ^= dice << 17;
                let at = dice as usize % bytes.len();
                bytes[at] ^= 1 << (dice >> 60 & 7);
            }
            fs::write(&path, &bytes).expect("a file");
            let mut contents = made.contents.clone();
            contents["files"][&name] =
                summed_again(&bytes, &before, &made.contents["files"][&name]);
            made.put_lists(&made.manifest, &contents);
            made.read_all(&format!("{name} with flipped bits"));
        }
        fs::write(&path, before).expect("a file");
    }
}

/// The checksums of the ranges that there were before.
fn summed_again(bytes: &[u8], before: &[u8], sums: &Value) -> Value {
    let mut sums = sums.clone();
    let start = sums["footer"][0].as_u64().expect("where the footer begins") as usize;
    sums["footer"][1] = crc32fast::hash(&bytes[start..]).into();
    let mut reader = ParquetReader::new(Cursor::new(before));
    let metadata = reader.get_metadata().expect("what we wrote");
    let groups = sums["groups"].as_array_mut().expect("a sum for each group and column");
    for (group, known) in metadata.row_groups.iter().zip(groups) {
        let sums = known[1].as_array_mut().expect("a sum for each column");
        for (range, sum) in group.byte_ranges_iter().zip(sums) {
            *sum = crc32fast::hash(&bytes[range.start as usize..range.end as usize]).into();
        }
    }
    sums
}
