//! The constants of a chunk, which events refer to by number. They stand in checkpoint
//! events throughout the chunk.
//!
//! First only their positions are kept. A constant is read when a sample refers to it. An
//! unknown number is treated as no value, as the JDK does: a chunk that was dumped from a
//! running recording lacks some constants.

use std::cell::RefCell;
use std::collections::hash_map::Entry;

use rustc_hash::FxHashMap;

use super::cursor::{Cursor, Text, Width};
use super::metadata::{Classes, STRING};
use super::record::{Content, Record};
use crate::source::malformed::Malformed;

/// The JDK's name for the class of a lambda.
const LAMBDA: &str = "$$Lambda";

/// The longest name in characters; a longer one is cut.
const LONGEST_NAME: usize = 500;

/// The constants that events refer to, by class.
#[derive(Debug)]
pub(super) struct Constants<'a> {
    strings: Pool<'a, 1>,
    symbols: Pool<'a, 1>,
    classes: Pool<'a, 1>,
    methods: Pool<'a, 2>,
    pub(super) stacks: Pool<'a, 2>,
    threads: Pool<'a, 2>,
    states: Pool<'a, 1>,
    frame_types: Pool<'a, 1>,
}

/// The constants of one class: how they are read, and where they are.
#[derive(Debug)]
pub(super) struct Pool<'a, const N: usize> {
    class: &'static str,
    wanted: [&'static str; N],
    record: Option<Record<N>>,
    places: FxHashMap<i64, usize>,
    /// The texts read so far: every event may refer to the same megabyte.
    known: RefCell<FxHashMap<i64, [Content<'a>; N]>>,
    /// The chunk.
    chunk: Cursor<'a>,
}

impl<'a> Constants<'a> {
    /// Finds the constants of all checkpoint events.
    pub(super) fn read(
        checkpoints: &[Cursor<'a>],
        chunk: Cursor<'a>,
        classes: &Classes,
    ) -> Result<Constants<'a>, Malformed> {
        let mut constants = Constants {
            strings: Pool::new(chunk, STRING, [""]),
            symbols: Pool::new(chunk, "jdk.types.Symbol", ["string"]),
            classes: Pool::new(chunk, "java.lang.Class", ["name"]),
            methods: Pool::new(chunk, "jdk.types.Method", ["type", "name"]),
            stacks: Pool::new(chunk, "jdk.types.StackTrace", ["truncated", "frames"]),
            threads: Pool::new(chunk, "java.lang.Thread", ["javaName", "osName"]),
            states: Pool::new(chunk, "jdk.types.ThreadState", ["name"]),
            frame_types: Pool::new(chunk, "jdk.types.FrameType", ["description"]),
        };
        let mut others = FxHashMap::default();
        for checkpoint in checkpoints {
            constants.checkpoint(*checkpoint, classes, &mut others)?;
        }
        Ok(constants)
    }

    fn checkpoint(
        &mut self,
        mut fields: Cursor<'a>,
        classes: &Classes,
        others: &mut FxHashMap<i64, Record<0>>,
    ) -> Result<(), Malformed> {
        for _time_duration_previous in 0..3 {
            fields.number(Width::Long)?;
        }
        let _kind = fields.byte()?;
        for _ in 0..fields.count()? {
            let at = fields.at();
            let class = fields.number(Width::Long)?;
            let rest = &mut fields;
            match classes.name(class).unwrap_or_default() {
                name if name == self.strings.class => self.strings.read(rest, class, classes),
                name if name == self.symbols.class => self.symbols.read(rest, class, classes),
                name if name == self.classes.class => self.classes.read(rest, class, classes),
                name if name == self.methods.class => self.methods.read(rest, class, classes),
                name if name == self.stacks.class => self.stacks.read(rest, class, classes),
                name if name == self.threads.class => self.threads.read(rest, class, classes),
                name if name == self.states.class => self.states.read(rest, class, classes),
                name if name == self.frame_types.class => {
                    self.frame_types.read(rest, class, classes)
                }
                _ => {
                    let record = match others.entry(class) {
                        Entry::Occupied(known) => known.into_mut(),
                        Entry::Vacant(new) => new.insert(Record::of(classes, class, [], at)?),
                    };
                    each(rest, |_, rest| record.read(rest).map(drop))
                }
            }?;
        }
        Ok(())
    }

    /// A text, looked up if it is a constant.
    pub(super) fn text(&self, content: Content<'a>) -> Result<Text<'a>, Malformed> {
        match content {
            Content::Text(Text::Constant(id)) => match self.strings.get(id)? {
                // A constant does not refer to another one.
                Some([Content::Text(text)]) => Ok(text),
                _ => Ok(Text::EMPTY),
            },
            Content::Text(text) => Ok(text),
            Content::None | Content::Number(_) | Content::List(..) => Ok(Text::EMPTY),
        }
    }

    /// The name of a class as in Java source; "" if there is no such class.
    pub(super) fn class_name(&self, id: i64) -> Result<String, Malformed> {
        let [name] = self.classes.get(id)?.unwrap_or_default();
        Ok(java_name(&self.symbol(name.number())?))
    }

    /// `Class.method`; the method alone for code that is not Java and has no class.
    pub(super) fn method_name(&self, id: i64) -> Result<String, Malformed> {
        let [class, method] = self.methods.get(id)?.unwrap_or_default();
        let class = self.class_name(class.number())?;
        let method = self.symbol(method.number())?;
        Ok(if class.is_empty() { method } else { format!("{class}.{method}") })
    }

    /// A native function, and its library, which async-profiler writes as its class.
    pub(super) fn native_name(&self, id: i64) -> Result<[String; 2], Malformed> {
        let [library, function] = self.methods.get(id)?.unwrap_or_default();
        let [library] = self.classes.get(library.number())?.unwrap_or_default();
        Ok([self.symbol(function.number())?, self.symbol(library.number())?])
    }

    /// The Java name of a thread, or else that of the operating system.
    pub(super) fn thread_name(&self, id: i64) -> Result<String, Malformed> {
        let [java, system] = self.threads.get(id)?.unwrap_or_default();
        match short(self.text(java)?) {
            name if name.is_empty() => Ok(short(self.text(system)?)),
            name => Ok(name),
        }
    }

    pub(super) fn state_name(&self, id: i64) -> Result<String, Malformed> {
        let [name] = self.states.get(id)?.unwrap_or_default();
        self.text(name).map(short)
    }

    /// The type of a frame, as text.
    pub(super) fn frame_type(&self, id: i64) -> Result<String, Malformed> {
        let [description] = self.frame_types.get(id)?.unwrap_or_default();
        self.text(description).map(short)
    }

    fn symbol(&self, id: i64) -> Result<String, Malformed> {
        let [string] = self.symbols.get(id)?.unwrap_or_default();
        self.text(string).map(short)
    }
}

/// A name of a length that people give. Many methods and events could refer to a name of
/// a megabyte, and fill the memory.
pub(super) fn short(text: Text<'_>) -> String {
    // No character has more than four bytes.
    let whole = text.start(4 * (LONGEST_NAME + 1)).read();
    match whole.char_indices().nth(LONGEST_NAME) {
        Some((end, _)) => format!("{}…", &whole[..end]),
        None => whole.into_owned(),
    }
}

impl<'a, const N: usize> Pool<'a, N> {
    fn new(chunk: Cursor<'a>, class: &'static str, wanted: [&'static str; N]) -> Pool<'a, N> {
        Pool {
            class,
            wanted,
            record: None,
            places: FxHashMap::default(),
            known: RefCell::default(),
            chunk,
        }
    }

    /// Skips some constants of this class, and keeps their positions.
    fn read(
        &mut self,
        cursor: &mut Cursor<'a>,
        class: i64,
        classes: &Classes,
    ) -> Result<(), Malformed> {
        let record = match self.record.take() {
            Some(record) => record,
            None => Record::of(classes, class, self.wanted, cursor.at())?,
        };
        let record = self.record.insert(record);
        each(cursor, |id, cursor| {
            self.places.insert(id, cursor.at());
            record.read(cursor).map(drop)
        })
    }

    /// The wanted fields of a constant; none if there is no such constant.
    pub(super) fn get(&self, id: i64) -> Result<Option<[Content<'a>; N]>, Malformed> {
        if let Some(known) = self.known.borrow().get(&id) {
            return Ok(Some(*known));
        }
        let (Some(record), Some(place)) = (&self.record, self.places.get(&id)) else {
            return Ok(None);
        };
        let read = record.read(&mut self.chunk.moved_to(*place))?;
        self.known.borrow_mut().insert(id, read);
        Ok(Some(read))
    }
}

/// A count, then that many constants: each a number and a value.
fn each<'a>(
    cursor: &mut Cursor<'a>,
    mut read: impl FnMut(i64, &mut Cursor<'a>) -> Result<(), Malformed>,
) -> Result<(), Malformed> {
    for _ in 0..cursor.count()? {
        let id = cursor.number(Width::Long)?;
        read(id, cursor)?;
    }
    Ok(())
}

/// A class as in Java source: `java.lang.String[]` for `[Ljava/lang/String;`.
fn java_name(internal: &str) -> String {
    let element = internal.trim_start_matches('[');
    let dimensions = internal.len() - element.len();
    let element = without_address(element);
    let name = match element {
        _ if dimensions == 0 => element,
        "B" => "byte",
        "C" => "char",
        "D" => "double",
        "F" => "float",
        "I" => "int",
        "J" => "long",
        "S" => "short",
        "Z" => "boolean",
        class => class.strip_prefix('L').map_or(class, |class| class.trim_end_matches(';')),
    };
    name.replace('/', ".") + &"[]".repeat(dimensions)
}

/// A hidden class without what differs in each run: `Shop$$Lambda` for
/// `Shop$$Lambda$14+0x00007fe6b0007c28/550668305`, or as async-profiler has it
/// `Shop$$Lambda$14.0x00007fe6b0007c28`. Otherwise two runs could not be compared.
fn without_address(class: &str) -> &str {
    let address = ["+0x", "/0x", ".0x"].iter().find_map(|start| class.find(start));
    let Some(address) = address else { return class };
    let name = &class[..address];
    let lambda = name.rfind(LAMBDA).map(|at| at + LAMBDA.len());
    // JDK 21 no longer numbers them.
    let counter = |end: &usize| name[*end..].strip_prefix('$').is_some_and(is_number);
    lambda.filter(counter).map_or(name, |end| &name[..end])
}

fn is_number(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_called_as_java_is_written() {
        for (internal, java) in [
            ("java/lang/String", "java.lang.String"),
            ("[[Ljava/lang/Object;", "java.lang.Object[][]"),
            ("[B", "byte[]"),
            ("B", "B"),
            ("Shop", "Shop"),
            ("", ""),
            ("com/shop/Shop$$Lambda$14+0x00007fe6b0007c28/550668305", "com.shop.Shop$$Lambda"),
            ("Shop$$Lambda/0x0000000800c03000", "Shop$$Lambda"),
            (
                "java/lang/invoke/LambdaForm$MH+0x0000000800c03000/7",
                "java.lang.invoke.LambdaForm$MH",
            ),
            ("[LShop$$Lambda$1+0x0000000800c03000/7;", "Shop$$Lambda[]"),
            ("Shop$$Lambda$14", "Shop$$Lambda$14"),
        ] {
            assert_eq!(java_name(internal), java, "{internal}");
        }
    }
}
