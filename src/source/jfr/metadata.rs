//! The metadata of a chunk: its classes, and how their values are laid out.
//!
//! JFR describes itself. An event is a value of a class, a class is a list of fields,
//! and a field is a primitive, a text, another class's value in place, or the number of
//! one among the constants. A class is flattened here to a list of [`ValueLayout`]s, each of
//! at least one byte, so that reading a chunk takes time in proportion to its size.

use std::rc::Rc;

use rustc_hash::FxHashMap;

use super::cursor::{Cursor, Width};
use crate::source::malformed::Malformed;

/// How deep classes and elements may be nested: deeper than in any JVM.
const DEEPEST: usize = 32;

/// The most primitive values of a class; those of a JVM have a few dozen.
const MOST_SHAPES: usize = 512;

pub(super) const STRING: &str = "java.lang.String";

/// The classes of a chunk, by their number.
#[derive(Debug, Default)]
pub(super) struct Classes {
    by_id: FxHashMap<i64, Class>,
}

#[derive(Debug)]
struct Class {
    name: Rc<str>,
    fields: Vec<Field>,
}

#[derive(Debug)]
struct Field {
    name: Rc<str>,
    class: i64,
    is_constant: bool,
    is_list: bool,
}

/// A value that is not made of others.
#[derive(Debug, Clone)]
pub(super) enum ValueLayout {
    Number(Width),
    /// A floating-point number of this many bytes.
    Float(usize),
    Text,
    /// A count, then that many times these.
    List(Box<[ValueLayout]>),
}

impl Classes {
    /// Reads the fields of a metadata event.
    pub(super) fn read(mut fields: Cursor<'_>) -> Result<Classes, Malformed> {
        for _time_duration_id in 0..3 {
            fields.number(Width::Long)?;
        }
        let count = fields.count()?;
        let string = |_| Ok(Rc::from(fields.text()?.read()));
        let strings = (0..count).map(string).collect::<Result<Vec<_>, _>>()?;
        let mut classes = Classes::default();
        let mut elements = Elements { strings: &strings, rest: fields };
        elements.read(&mut Path::Root(&mut classes), 0)?;
        Ok(classes)
    }

    pub(super) fn name(&self, id: i64) -> Option<&str> {
        self.by_id.get(&id).map(|class| &*class.name)
    }

    /// Whether JVMs and not async-profiler wrote the chunk. Its own chunks are in a file
    /// with those of a JVM if both record at once (`jfrsync`).
    pub(super) fn are_of_jvm(&self) -> bool {
        self.id("profiler.Log").is_none()
    }

    pub(super) fn has_field(&self, id: i64, name: &str) -> bool {
        let fields = self.by_id.get(&id).map_or(&[][..], |class| &class.fields);
        fields.iter().any(|field| *field.name == *name)
    }

    /// The number of a class.
    pub(super) fn id(&self, name: &str) -> Option<i64> {
        self.by_id.iter().find(|(_, class)| *class.name == *name).map(|(id, _)| *id)
    }

    /// A class flattened: the name of each of its own fields, with all values in it. `at`
    /// is the offset for errors.
    pub(super) fn layout(
        &self,
        id: i64,
        at: usize,
    ) -> Result<Vec<(&str, Vec<ValueLayout>)>, Malformed> {
        let class = self.class(id, at)?;
        if *class.name == *STRING {
            return Ok(vec![("", vec![ValueLayout::Text])]);
        }
        let mut left = MOST_SHAPES;
        let mut layout = Vec::with_capacity(class.fields.len());
        for field in &class.fields {
            let mut shapes = Vec::new();
            self.field(field, &mut shapes, &mut left, at, 0)?;
            layout.push((&*field.name, shapes));
        }
        Ok(layout)
    }

    fn class(&self, id: i64, at: usize) -> Result<&Class, Malformed> {
        self.by_id.get(&id).ok_or_else(|| {
            Malformed::at(
                at,
                format!("it refers to class {id}, which the metadata does not describe"),
            )
        })
    }

    /// Appends the shapes of a field. `left` is how many more a class may have, including
    /// those without a size.
    fn field(
        &self,
        field: &Field,
        shapes: &mut Vec<ValueLayout>,
        left: &mut usize,
        at: usize,
        depth: usize,
    ) -> Result<(), Malformed> {
        let mut own = Vec::new();
        *left = left.checked_sub(1).ok_or_else(|| {
            Malformed::at(at, format!("a class has more than {MOST_SHAPES} values"))
        })?;
        if field.is_constant {
            own.push(ValueLayout::Number(Width::Long));
        } else {
            let class = self.class(field.class, at)?;
            match primitive(&class.name) {
                Some(shape) => own.push(shape),
                None if depth == DEEPEST => {
                    let reason =
                        format!("class {} contains itself, or is nested too deep", class.name);
                    return Err(Malformed::at(at, reason));
                }
                None => {
                    for field in &class.fields {
                        self.field(field, &mut own, left, at, depth + 1)?;
                    }
                }
            }
        }
        if field.is_list {
            shapes.push(ValueLayout::List(own.into()))
        } else {
            shapes.append(&mut own)
        }
        Ok(())
    }
}

fn primitive(class: &str) -> Option<ValueLayout> {
    Some(match class {
        "boolean" | "byte" => ValueLayout::Number(Width::Byte),
        "char" => ValueLayout::Number(Width::Char),
        "short" => ValueLayout::Number(Width::Short),
        "int" => ValueLayout::Number(Width::Int),
        "long" => ValueLayout::Number(Width::Long),
        "float" => ValueLayout::Float(4),
        "double" => ValueLayout::Float(8),
        STRING => ValueLayout::Text,
        _ => return None,
    })
}

/// The elements of the metadata: a name, attributes, and elements within, all of them
/// by the numbers of strings.
struct Elements<'m, 'a> {
    strings: &'m [Rc<str>],
    rest: Cursor<'a>,
}

/// Where an element is, and where its content goes.
enum Path<'m> {
    Root(&'m mut Classes),
    Class(&'m mut Class),
    /// Annotations and settings do not affect the layout.
    Elsewhere,
}

impl Elements<'_, '_> {
    fn read(&mut self, path: &mut Path<'_>, depth: usize) -> Result<(), Malformed> {
        if depth > DEEPEST {
            return Err(Malformed::at(self.rest.at(), "the metadata is nested too deep"));
        }
        let name = self.string()?;
        let attributes = self.attributes()?;
        let count = self.rest.count()?;
        let mut class = Class { name: attributes.get("name"), fields: Vec::new() };
        match path {
            Path::Root(classes) if *name == *"class" => {
                self.children(&mut Path::Class(&mut class), count, depth)?;
                classes.by_id.insert(attributes.number("id"), class);
                Ok(())
            }
            Path::Root(_) => self.children(path, count, depth),
            Path::Class(class) if *name == *"field" => {
                class.fields.push(Field {
                    name: attributes.get("name"),
                    class: attributes.number("class"),
                    is_constant: *attributes.get("constantPool") == *"true",
                    is_list: attributes.number("dimension") > 0,
                });
                self.children(&mut Path::Elsewhere, count, depth)
            }
            Path::Class(_) | Path::Elsewhere => self.children(&mut Path::Elsewhere, count, depth),
        }
    }

    fn children(
        &mut self,
        path: &mut Path<'_>,
        count: usize,
        depth: usize,
    ) -> Result<(), Malformed> {
        (0..count).try_for_each(|_| self.read(path, depth + 1))
    }

    fn attributes(&mut self) -> Result<Attributes, Malformed> {
        let count = self.rest.count()?;
        let pair = |_| Ok((self.string()?, self.string()?));
        (0..count).map(pair).collect::<Result<_, _>>().map(Attributes)
    }

    fn string(&mut self) -> Result<Rc<str>, Malformed> {
        let at = self.rest.at();
        let index = self.rest.number(Width::Int)?;
        let string = usize::try_from(index).ok().and_then(|index| self.strings.get(index));
        string.cloned().ok_or_else(|| {
            let reason =
                format!("it refers to string {index}, but there are only {}", self.strings.len());
            Malformed::at(at, reason)
        })
    }
}

struct Attributes(Vec<(Rc<str>, Rc<str>)>);

impl Attributes {
    /// The value of an attribute, "" where there is none.
    fn get(&self, name: &str) -> Rc<str> {
        let found = self.0.iter().find(|(known, _)| **known == *name);
        found.map_or_else(|| Rc::from(""), |(_, value)| value.clone())
    }

    fn number(&self, name: &str) -> i64 {
        self.get(name).parse().unwrap_or(0)
    }
}
