//! Labels as folder names, `env=prod`: the layout of Hive partitions.
//!
//! Characters that a folder name cannot contain are percent-encoded, as in `%2F`.

use std::sync::Arc;

use percent_encoding::{
    AsciiSet, CONTROLS, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode,
};

use crate::profile::Labels;

/// What is encoded in the name of a label. OpenTelemetry's names have dots: `k8s.pod.name=a`.
const ENCODED_IN_NAME: &AsciiSet = &NON_ALPHANUMERIC.remove(b'_').remove(b'.').remove(b'-');

/// What is encoded in its value.
const ENCODED_IN_VALUE: &AsciiSet = &CONTROLS.add(b'/').add(b'\\').add(b'%');

/// The name of the folder of a label.
pub fn folder_of_label(name: &str, value: &str) -> String {
    let mut folder = format!("{}=", utf8_percent_encode(name, ENCODED_IN_NAME));
    for c in value.chars() {
        // The crate encodes everything outside of ASCII; here letters stay readable.
        if c.is_ascii() || c.is_control() {
            folder.extend(utf8_percent_encode(c.encode_utf8(&mut [0; 4]), ENCODED_IN_VALUE));
        } else {
            folder.push(c);
        }
    }
    folder
}

/// The labels in the folders of a path that is not in the file system.
pub fn labels_of_folders(path: &str) -> Labels {
    let folders = path.rsplit_once('/').map_or("", |(folders, _)| folders);
    folders.split('/').filter_map(label_of_folder).collect()
}

/// The label of a folder `env=prod`; none for a folder that has another kind of name.
pub(super) fn label_of_folder(folder: &str) -> Option<(Arc<str>, Arc<str>)> {
    let (name, value) = folder.split_once('=')?;
    let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_' || c == '%')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || "_.-%".contains(c));
    is_name.then(|| (decoded(name), decoded(value)))
}

/// Text that is not UTF-8 once it is decoded stays as it is.
fn decoded(text: &str) -> Arc<str> {
    percent_decode_str(text).decode_utf8().map_or_else(|_| text.into(), Arc::from)
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
