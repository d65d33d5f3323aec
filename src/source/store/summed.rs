//! A JSON object that ends with a checksum of all that is before it: `{…,"sum":123}`.

/// What is between the content and its checksum.
const SUM: &str = ",\"sum\":";

/// What the checksum of a text says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sum {
    Right,
    Wrong,
    /// As in files of earlier versions.
    Absent,
}

/// The object with its checksum.
pub(super) fn summed(mut object: Vec<u8>) -> Vec<u8> {
    object.pop();
    let sum = crc32fast::hash(&object);
    object.extend_from_slice(format!("{SUM}{sum}}}").as_bytes());
    object
}

pub(super) fn sum_of(bytes: &[u8]) -> Sum {
    match parts(bytes) {
        Some((content, sum)) if crc32fast::hash(content) == sum => Sum::Right,
        Some(_) => Sum::Wrong,
        None => Sum::Absent,
    }
}

fn parts(bytes: &[u8]) -> Option<(&[u8], u32)> {
    let at = bytes.windows(SUM.len()).rposition(|window| window == SUM.as_bytes())?;
    let sum = bytes[at + SUM.len()..].strip_suffix(b"}")?;
    Some((&bytes[..at], std::str::from_utf8(sum).ok()?.parse().ok()?))
}
