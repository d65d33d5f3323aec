//! OTLP/JSON: the same message as JSON, turned into the protobuf that is read.
//!
//! Names are in camel case, numbers of 64 bits may be texts, as protobuf's JSON has them.
//! What the protobuf reader does not look at has no row in the tables below.

use prost::encoding::{WireType, encode_key, encode_varint};
use serde_json::Value;

use crate::source::batch::Batch;
use crate::source::json;
use crate::source::malformed::{Malformed, ReadError};
use crate::source::recording::Recording;
use crate::work::Work;

pub(in crate::source) const NAME: &str = "OTLP/JSON";

/// Whether a file with this at its top is a message of profiles.
pub(in crate::source) fn claims(key: &[u8], value: &[u8]) -> bool {
    key == b"resourceProfiles" && value.starts_with(b"[")
}

/// Reads one message into the batch, as [`super::read`] does.
pub(in crate::source) fn read(
    text: &[u8],
    name: &str,
    batch: &mut Batch,
    work: Work<'_>,
) -> Result<Vec<Recording>, ReadError> {
    let message: Value = json::parse(NAME, text, work)?;
    let mut bytes = Vec::new();
    encode(&message, MESSAGE, &mut bytes)
        .map_err(|wrong| Malformed::in_json(NAME, wrong.path, wrong.reason))?;
    super::read(&bytes, name, batch, work).map_err(|error| match error {
        // A byte of the protobuf is no place in this file.
        ReadError::Malformed(Malformed { reason, .. }) => {
            Malformed::in_json(NAME, "resourceProfiles".to_owned(), &reason).into()
        }
        other => other,
    })
}

/// What a field of a message holds.
#[derive(Clone, Copy)]
enum Kind {
    Message(Fields),
    Text,
    Varint,
    Fixed,
    Double,
}

/// The fields of a message: name in JSON, number, kind. A function, because messages
/// contain each other.
type Fields = fn() -> &'static [(&'static str, u32, Kind)];

use Kind::{Double, Fixed, Message, Text, Varint};

const MESSAGE: Fields =
    || &[("resourceProfiles", 1, Message(RESOURCE)), ("dictionary", 2, Message(DICTIONARY))];
const RESOURCE: Fields =
    || &[("resource", 1, Message(ATTRIBUTES)), ("scopeProfiles", 2, Message(SCOPE))];
const ATTRIBUTES: Fields = || &[("attributes", 1, Message(PAIR))];
const SCOPE: Fields = || &[("profiles", 2, Message(PROFILE))];
const PROFILE: Fields = || {
    &[
        ("sampleType", 1, Message(VALUE_TYPE)),
        ("samples", 2, Message(SAMPLE)),
        ("timeUnixNano", 3, Fixed),
        ("durationNano", 4, Varint),
        ("periodType", 5, Message(VALUE_TYPE)),
        ("period", 6, Varint),
        ("attributeIndices", 11, Varint),
    ]
};
const VALUE_TYPE: Fields = || &[("typeStrindex", 1, Varint), ("unitStrindex", 2, Varint)];
const SAMPLE: Fields = || {
    &[
        ("stackIndex", 1, Varint),
        ("attributeIndices", 2, Varint),
        ("values", 4, Varint),
        ("timestampsUnixNano", 5, Fixed),
    ]
};
const DICTIONARY: Fields = || {
    &[
        ("mappingTable", 1, Message(MAPPING)),
        ("locationTable", 2, Message(LOCATION)),
        ("functionTable", 3, Message(FUNCTION)),
        ("stringTable", 5, Text),
        ("attributeTable", 6, Message(ATTRIBUTE)),
        ("stackTable", 7, Message(STACK)),
    ]
};
const MAPPING: Fields = || &[("filenameStrindex", 4, Varint)];
const LOCATION: Fields = || {
    &[
        ("mappingIndex", 1, Varint),
        ("address", 2, Varint),
        ("lines", 3, Message(LINE)),
        ("attributeIndices", 4, Varint),
    ]
};
const LINE: Fields = || &[("functionIndex", 1, Varint), ("line", 2, Varint)];
const FUNCTION: Fields = || {
    &[
        ("nameStrindex", 1, Varint),
        ("systemNameStrindex", 2, Varint),
        ("filenameStrindex", 3, Varint),
        ("startLine", 4, Varint),
    ]
};
const STACK: Fields = || &[("locationIndices", 1, Varint)];
const ATTRIBUTE: Fields =
    || &[("keyStrindex", 1, Varint), ("value", 2, Message(ANY)), ("unitStrindex", 3, Varint)];
const PAIR: Fields = || &[("key", 1, Text), ("value", 2, Message(ANY)), ("keyStrindex", 3, Varint)];
const ANY: Fields = || {
    &[
        ("stringValue", 1, Text),
        ("boolValue", 2, Varint),
        ("intValue", 3, Varint),
        ("doubleValue", 4, Double),
        ("arrayValue", 5, Message(LIST)),
        ("kvlistValue", 6, Message(MAP)),
        ("stringValueStrindex", 8, Varint),
    ]
};
const LIST: Fields = || &[("values", 1, Message(ANY))];
const MAP: Fields = || &[("values", 1, Message(PAIR))];

/// A value that is not what its field holds.
struct Wrong {
    path: String,
    reason: &'static str,
}

/// Appends a message in protobuf.
fn encode(message: &Value, fields: Fields, out: &mut Vec<u8>) -> Result<(), Wrong> {
    let wrong = |path, reason| Wrong { path, reason };
    let object = message.as_object().ok_or(wrong(String::new(), "expected an object"))?;
    for (name, number, kind) in fields() {
        let (values, is_list) = match object.get(*name) {
            None | Some(Value::Null) => continue,
            Some(Value::Array(values)) => (&values[..], true),
            Some(value) => (std::slice::from_ref(value), false),
        };
        for (at, value) in values.iter().enumerate() {
            field(value, *number, *kind, out).map_err(|Wrong { path, reason }| {
                let item = if is_list { format!("[{at}]") } else { String::new() };
                let dot = if path.is_empty() || path.starts_with('[') { "" } else { "." };
                wrong(format!("{name}{item}{dot}{path}"), reason)
            })?;
        }
    }
    Ok(())
}

fn field(value: &Value, number: u32, kind: Kind, out: &mut Vec<u8>) -> Result<(), Wrong> {
    let wrong = |reason| Wrong { path: String::new(), reason };
    let mut delimited = |bytes: &[u8]| {
        encode_key(number, WireType::LengthDelimited, out);
        encode_varint(bytes.len() as u64, out);
        out.extend_from_slice(bytes);
    };
    match kind {
        Message(fields) => {
            let mut inner = Vec::new();
            encode(value, fields, &mut inner)?;
            delimited(&inner);
        }
        Text => delimited(value.as_str().ok_or(wrong("expected a text"))?.as_bytes()),
        Varint => {
            let whole = whole(value).ok_or(wrong("expected a whole number"))?;
            encode_key(number, WireType::Varint, out);
            encode_varint(whole, out);
        }
        Fixed => {
            let whole = whole(value).ok_or(wrong("expected a whole number"))?;
            encode_key(number, WireType::SixtyFourBit, out);
            out.extend_from_slice(&whole.to_le_bytes());
        }
        Double => {
            let double = value.as_f64().ok_or(wrong("expected a number"))?;
            encode_key(number, WireType::SixtyFourBit, out);
            out.extend_from_slice(&double.to_le_bytes());
        }
    }
    Ok(())
}

/// A number, or a text of one; negative ones as protobuf has them.
fn whole(value: &Value) -> Option<u64> {
    match value {
        Value::Bool(bool) => Some(u64::from(*bool)),
        Value::Number(number) => number.as_u64().or_else(|| Some(number.as_i64()? as u64)),
        Value::String(text) => text.parse().ok().or_else(|| Some(text.parse::<i64>().ok()? as u64)),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::source::fixture::{self, refused};

    /// Five samples of `main` calling `run`, as text and as number, of a service.
    const MESSAGE: &str = r#"{"resourceProfiles": [{
        "resource": {"attributes": [
            {"key": "service.name", "value": {"stringValue": "cart"}},
            {"key": "replicas", "value": {"intValue": "3"}}]},
        "scopeProfiles": [{"scope": {"name": "x"}, "profiles": [{
            "sampleType": {"typeStrindex": 1, "unitStrindex": 2},
            "samples": [
                {"stackIndex": 1, "values": ["5"], "attributeIndices": [1]},
                {"stackIndex": 1, "values": [2]}],
            "timeUnixNano": "1700000000000000000", "durationNano": "1000000000",
            "profileId": "AAAA"}]}]}],
        "dictionary": {
            "mappingTable": [{}, {"filenameStrindex": 6}],
            "locationTable": [{}, {"lines": [{"functionIndex": 1}]},
                {"mappingIndex": 1, "address": "16"}],
            "functionTable": [{}, {"nameStrindex": 3}],
            "linkTable": [{}],
            "stringTable": ["", "wall", "ms", "main", "endpoint", "/cart", "/opt/shop"],
            "attributeTable": [{}, {"keyStrindex": 4, "value": {"stringValue": "/pay"}}],
            "stackTable": [{}, {"locationIndices": [2, 1]}]}}"#;

    #[test]
    fn a_message_is_read_as_its_protobuf_is() {
        // Milliseconds: 5 and 2 of them.
        let mut samples = fixture::samples(MESSAGE.as_bytes());
        samples.sort_unstable();
        let labels = r#"replicas="3", service.name="cart""#;
        assert_eq!(
            samples,
            [
                format!(r#"wall {{endpoint="/pay", {labels}}} main;[shop] 5000000"#),
                format!("wall {{{labels}}} main;[shop] 2000000"),
            ]
        );
        let snapshot = &fixture::read(MESSAGE.as_bytes()).snapshots[0][0];
        assert_eq!(snapshot.start.0, 1_700_000_000_000_000_000);
        assert_eq!(snapshot.duration.0, 1_000_000_000);
    }

    #[test]
    fn a_wrong_value_is_named_with_its_place() {
        let place = "resourceProfiles[0].scopeProfiles[0].profiles[0].samples[0].values[0]";
        for (text, error) in [
            (
                MESSAGE.replace("[\"5\"]", "[\"5.5\"]"),
                format!("OTLP/JSON: expected a whole number at {place}"),
            ),
            (
                MESSAGE.replace("\"stackTable\": [{}", "\"stackTable\": [7"),
                "OTLP/JSON: expected an object at dictionary.stackTable[0]".to_owned(),
            ),
            (
                MESSAGE.replace("[2, 1]", "[2, 9]"),
                "OTLP/JSON: it refers to location 9, but there are only 3 at resourceProfiles"
                    .to_owned(),
            ),
        ] {
            assert_eq!(refused(text.as_bytes()), error);
        }
    }
}
