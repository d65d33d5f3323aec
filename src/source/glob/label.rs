//! Labels as folders, `env=prod`, in the style of Hive partitions.
//!
//! Characters that a folder name cannot have are written as their bytes, `%2F`.

use std::fmt::Write;
use std::sync::Arc;

use crate::profile::Labels;

/// The folder of a label.
pub fn folder_of_label(name: &str, value: &str) -> String {
    let mut folder = String::new();
    escape(name, is_plain_in_name, &mut folder);
    folder.push('=');
    escape(value, |c| !['/', '\\', '%'].contains(&c) && !c.is_control(), &mut folder);
    folder
}

/// The labels of the folders in a path, for files that are not in the file system.
pub fn labels_of_folders(path: &str) -> Labels {
    let folders = path.rsplit_once('/').map_or("", |(folders, _)| folders);
    folders.split('/').filter_map(label_of_folder).collect()
}

/// The label of a folder `env=prod`.
pub(super) fn label_of_folder(folder: &str) -> Option<(Arc<str>, Arc<str>)> {
    let (name, value) = folder.split_once('=')?;
    let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_' || c == '%')
        && name.chars().all(|c| is_plain_in_name(c) || c == '%');
    is_name.then(|| (unescaped(name).into(), unescaped(value).into()))
}

/// Dots are allowed, because names of OpenTelemetry have them: `k8s.pod.name=a`.
fn is_plain_in_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || ['_', '.', '-'].contains(&c)
}

fn escape(text: &str, is_plain: impl Fn(char) -> bool, folder: &mut String) {
    for c in text.chars() {
        if is_plain(c) {
            folder.push(c);
        } else {
            for byte in c.encode_utf8(&mut [0; 4]).bytes() {
                // Writing to a string never fails.
                let _ = write!(folder, "%{byte:02X}");
            }
        }
    }
}

/// A `%` without two hexadecimal digits stays as it is, and so does text that would not be
/// UTF-8.
fn unescaped(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let escaped = after.first_chunk().filter(|_| *first == b'%').and_then(byte);
        bytes.push(escaped.unwrap_or(*first));
        rest = if escaped.is_some() { &after[2..] } else { after };
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

fn byte(digits: &[u8; 2]) -> Option<u8> {
    let [high, low] = digits.map(|digit| char::from(digit).to_digit(16));
    Some((high? * 16 + low?) as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_a_folder_and_back() {
        for (name, value, folder) in [
            ("env", "prod", "env=prod"),
            ("k8s.pod-name", "a=b c", "k8s.pod-name=a=b c"),
            ("endpoint", "/cart/50%", "endpoint=%2Fcart%2F50%25"),
            ("a b/c", "line\n", "a%20b%2Fc=line%0A"),
            ("größe", "größe", "gr%C3%B6%C3%9Fe=größe"),
        ] {
            assert_eq!(folder_of_label(name, value), folder);
            assert_eq!(label_of_folder(folder), Some((name.into(), value.into())));
        }
    }

    #[test]
    fn a_percent_sign_that_escapes_nothing_stays() {
        for value in ["50%", "%", "%2", "%zz", "%+1", "%FF"] {
            let found = label_of_folder(&format!("load={value}"));
            assert_eq!(found, Some(("load".into(), value.into())));
        }
        for other in ["plain", "=x", "1=x", "a b=x", "profiles (a=b)"] {
            assert_eq!(label_of_folder(other), None, "{other}");
        }
    }
}
