//! Functions and frames: the code that a sample ran.

use std::fmt;

/// Makes a newtype id over `u32`, an index into one table of [`Symbols`](super::Symbols).
macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
        pub struct $name(pub u32);

        impl $name {
            pub fn index(self) -> usize {
                self.0 as usize
            }
        }
    };
}
pub(crate) use id;

id!(
    /// A string; `StringId(0)` is "".
    StringId
);
id!(
    /// A function; `FunctionId(0)` is the unnamed one.
    FunctionId
);
id!(
    /// A frame.
    FrameId
);

/// A function: name, the name the linker knows, and where it is defined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Function {
    pub name: StringId,
    pub system_name: StringId,
    pub file: StringId,
    pub start_line: u32,
}

/// What kind of code a frame is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum FrameKind {
    #[default]
    Native,
    Kernel,
    Interpreted,
    Jit,
}

impl fmt::Display for FrameKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            FrameKind::Native => "native",
            FrameKind::Kernel => "kernel",
            FrameKind::Interpreted => "interpreted",
            FrameKind::Jit => "jit",
        })
    }
}

/// One level of a stack, including inlined calls. Unknown fields are 0 or "".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Frame {
    pub function: FunctionId,
    pub line: u32,
    /// The binary or library: a mapping's file name.
    pub module: StringId,
    pub address: u64,
    pub inlined: bool,
    pub kind: FrameKind,
}

/// The package of a function, guessed from its name.
///
/// `encoding/json.(*Decoder).Decode` is in `encoding/json`, `std::vec::Vec<T>::push` in
/// `std::vec`, `com.shop.Cart.add` in `com.shop`; a plain C name has the package "".
pub fn package_of(function: &str) -> &str {
    // Type arguments may contain slashes and dots of other packages.
    let plain = &function[..function.find(['<', '[', '(']).unwrap_or(function.len())];
    if plain.contains("::") {
        return rust_package(plain);
    }
    let after_slash = plain.rfind('/').map_or(0, |slash| slash + 1);
    match plain[after_slash..].find('.') {
        // Go: everything up to the first dot of the last path element.
        Some(dot) if after_slash > 0 || !is_java(plain) => &plain[..after_slash + dot],
        Some(_) => java_package(plain),
        None => "",
    }
}

/// All lower-case path elements before the type or function.
fn rust_package(plain: &str) -> &str {
    let mut end = 0;
    for (at, _) in plain.match_indices("::") {
        let element = &plain[if end == 0 { 0 } else { end + 2 }..at];
        if element.starts_with(|c: char| c.is_ascii_uppercase()) {
            break;
        }
        end = at;
    }
    &plain[..end]
}

/// Java names have at least two lower-case elements, then a capitalised class.
fn is_java(plain: &str) -> bool {
    let mut elements = plain.split('.');
    let lower = elements.by_ref().take_while(|e| e.starts_with(|c: char| c.is_ascii_lowercase()));
    lower.count() >= 2 && plain.split('.').count() >= 4
}

fn java_package(plain: &str) -> &str {
    let class = plain
        .match_indices('.')
        .find(|(at, _)| plain[at + 1..].starts_with(|c: char| c.is_ascii_uppercase()));
    class.map_or("", |(at, _)| &plain[..at])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_are_guessed_from_names() {
        for (function, package) in [
            ("runtime.mallocgc", "runtime"),
            ("encoding/json.(*Decoder).Decode", "encoding/json"),
            ("github.com/a/b.v2/c.F.func1", "github.com/a/b.v2/c"),
            ("sync.(*Pool).Get", "sync"),
            ("slices.SortFunc[go.shape.[]x/y.T]", "slices"),
            ("alloc::vec::Vec<T,A>::push", "alloc::vec"),
            ("std::rt::lang_start", "std::rt"),
            ("com.shop.cart.Cart.add", "com.shop.cart"),
            ("malloc", ""),
            ("", ""),
        ] {
            assert_eq!(package_of(function), package, "{function}");
        }
    }
}
