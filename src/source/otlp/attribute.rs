//! Attributes as labels: a key, and a value of any type as text. A whole number of a sample
//! is a number.
//!
//! Names keep their dots: `{"service.name"="shop"}`. Lists and maps become JSON, bytes
//! become hexadecimal digits.

use std::fmt::Write;

use crate::source::malformed::Malformed;
use crate::source::wire::Field;

/// An attribute of a resource.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct KeyValue {
    #[prost(string, tag = "1")]
    pub(super) key: String,
    #[prost(message, optional, tag = "2")]
    pub(super) value: Option<AnyValue>,
    /// The key, where it stands in the dictionary.
    #[prost(int32, tag = "3")]
    pub(super) key_index: i32,
}

/// An attribute of the dictionary.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct KeyValueAndUnit {
    #[prost(int32, tag = "1")]
    pub(super) key: i32,
    #[prost(message, optional, tag = "2")]
    pub(super) value: Option<AnyValue>,
    #[prost(int32, tag = "3")]
    pub(super) unit: i32,
}

/// A value of any type. prost limits how deep messages are nested to a hundred.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct AnyValue {
    #[prost(oneof = "Content", tags = "1, 2, 3, 4, 5, 6, 7, 8")]
    content: Option<Content>,
}

#[derive(Clone, PartialEq, prost::Oneof)]
enum Content {
    #[prost(string, tag = "1")]
    Text(String),
    #[prost(bool, tag = "2")]
    Bool(bool),
    #[prost(int64, tag = "3")]
    Int(i64),
    #[prost(double, tag = "4")]
    Double(f64),
    #[prost(message, tag = "5")]
    List(List),
    #[prost(message, tag = "6")]
    Map(Map),
    #[prost(bytes = "vec", tag = "7")]
    Bytes(Vec<u8>),
    #[prost(int32, tag = "8")]
    TextIndex(i32),
}

#[derive(Clone, PartialEq, prost::Message)]
struct List {
    #[prost(message, repeated, tag = "1")]
    values: Vec<AnyValue>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Map {
    #[prost(message, repeated, tag = "1")]
    pairs: Vec<KeyValue>,
}

/// Looks up a string of the dictionary.
pub(super) type Strings<'a> = dyn Fn(i32) -> Result<String, Malformed> + 'a;

impl KeyValue {
    /// The attribute that a field is, as name and text.
    pub(super) fn read(
        field: &Field<'_>,
        strings: &Strings<'_>,
    ) -> Result<(String, String), Malformed> {
        let attribute: KeyValue = field.message()?;
        Ok((attribute.name(strings)?, text(attribute.value.as_ref(), strings)?))
    }

    fn name(&self, strings: &Strings<'_>) -> Result<String, Malformed> {
        match self.key_index {
            0 => Ok(self.key.clone()),
            index => strings(index),
        }
    }
}

/// An attribute of the dictionary, as a label.
pub(super) struct Attribute {
    pub(super) name: String,
    /// The value followed by its unit.
    pub(super) text: String,
    /// A whole number, and its unit.
    pub(super) number: Option<(i64, String)>,
}

impl KeyValueAndUnit {
    pub(super) fn read(&self, strings: &Strings<'_>) -> Result<Attribute, Malformed> {
        let name = strings(self.key)?;
        let mut text = text(self.value.as_ref(), strings)?;
        let unit = strings(self.unit)?;
        if unit != name && !text.is_empty() {
            text.push_str(&unit);
        }
        let number = match self.value.as_ref().and_then(|value| value.content.as_ref()) {
            Some(Content::Int(number)) => Some((*number, unit)),
            _ => None,
        };
        Ok(Attribute { name, text, number })
    }
}

fn text(value: Option<&AnyValue>, strings: &Strings<'_>) -> Result<String, Malformed> {
    match value.and_then(|value| value.content.as_ref()) {
        None => Ok(String::new()),
        Some(Content::Text(text)) => Ok(text.clone()),
        Some(Content::TextIndex(index)) => strings(*index),
        Some(Content::Bytes(bytes)) => Ok(hexadecimal(bytes)),
        Some(_) => Ok(json(value, strings)?.to_string()),
    }
}

/// A value as JSON: for values within others, and for all that are not text.
fn json(value: Option<&AnyValue>, strings: &Strings<'_>) -> Result<serde_json::Value, Malformed> {
    use serde_json::Value;
    let Some(content) = value.and_then(|value| value.content.as_ref()) else {
        return Ok(Value::Null);
    };
    Ok(match content {
        Content::Bool(bool) => Value::from(*bool),
        Content::Int(int) => Value::from(*int),
        Content::Double(double) => Value::from(*double),
        Content::Text(text) => Value::from(text.as_str()),
        Content::TextIndex(index) => Value::from(strings(*index)?),
        Content::Bytes(bytes) => Value::from(hexadecimal(bytes)),
        Content::List(list) => {
            let values = list.values.iter().map(|value| json(Some(value), strings));
            Value::Array(values.collect::<Result<_, _>>()?)
        }
        Content::Map(map) => {
            let pair =
                |pair: &KeyValue| Ok((pair.name(strings)?, json(pair.value.as_ref(), strings)?));
            Value::Object(map.pairs.iter().map(pair).collect::<Result<_, _>>()?)
        }
    })
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut digits, byte| {
        // Writing to a string never fails.
        let _ = write!(digits, "{byte:02x}");
        digits
    })
}
