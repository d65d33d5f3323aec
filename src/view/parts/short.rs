//! Shortens function names.
//!
//! A name first loses its least informative part: the path of the package, then the
//! package, then the receiver, then the middle. Names that do not look like Go, Rust or
//! Java are only cut.

use std::borrow::Cow;

use crate::profile::frame::package_of;
use crate::view::parts::fit;

/// The longest form with at most `room` characters, or the shortest form if none fits.
pub(crate) fn to_fit(name: &str, room: usize) -> &str {
    let function = without_package(name);
    let forms = [name, without_path(name), function, without_receiver(function)];
    let fits = |form: &&str| form.chars().count() <= room;
    forms.into_iter().find(fits).unwrap_or(forms[3])
}

/// `encoding/json.(*Decoder).Decode` becomes `json.(*Decoder).Decode`.
pub(crate) fn without_path(name: &str) -> &str {
    let plain = &name[..name.find(['(', '[', '<', ' ']).unwrap_or(name.len())];
    plain.rfind('/').map_or(name, |slash| &name[slash + 1..])
}

/// At most `room` columns: first without the path, then cut in the middle.
pub(crate) fn cut(name: &str, room: usize) -> Cow<'_, str> {
    let form = if fit::columns(name) <= room { name } else { without_path(name) };
    fit::shorten(form, room)
}

/// `encoding/json.(*Decoder).Decode` becomes `(*Decoder).Decode`.
fn without_package(name: &str) -> &str {
    let package = package_of(name);
    if package.is_empty() {
        return without_path(name);
    }
    name[package.len()..].trim_start_matches(['.', ':'])
}

/// `(*Decoder).Decode` becomes `Decode`.
fn without_receiver(function: &str) -> &str {
    let method = function.strip_prefix("(*").and_then(|rest| rest.split_once(")."));
    method.map_or(function, |(_, method)| method)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_goes_first_then_the_package() {
        let name = "encoding/json.(*Decoder).Decode";
        for (room, form) in [
            (31, name),
            (30, "json.(*Decoder).Decode"),
            (21, "(*Decoder).Decode"),
            (17, "(*Decoder).Decode"),
            (3, "Decode"),
        ] {
            assert_eq!(to_fit(name, room), form);
        }
    }

    #[test]
    fn every_language_keeps_its_function() {
        for (name, form) in [
            ("runtime.mallocgc", "mallocgc"),
            ("alloc::vec::Vec<T,A>::push", "Vec<T,A>::push"),
            ("com.shop.cart.Cart.add", "Cart.add"),
            ("malloc", "malloc"),
            ("operator new(unsigned long)", "operator new(unsigned long)"),
            ("a/b/c.f", "f"),
        ] {
            assert_eq!(to_fit(name, 1), form);
        }
    }

    #[test]
    fn a_path_in_a_type_argument_is_ignored() {
        assert_eq!(without_path("slices.Sort[a/b.T]"), "slices.Sort[a/b.T]");
    }
}
