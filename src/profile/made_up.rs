//! Names that a run makes up: the same code has another name in the next run.
//!
//! HotSpot numbers lambdas, proxies and reflection accessors in the order in which they are
//! first used, and hidden classes have an address in their names. Go names the shapes of type
//! parameters after the types of one build. Comparisons treat such functions as one.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::{Captures, Regex};

/// What is made up, each with the part of the name that stays before it.
static MADE_UP: LazyLock<Regex> = LazyLock::new(|| {
    let kinds = [
        // Cart$$Lambda$14/0x0000000800c01, Cart$$Lambda/0x00007f.run, Cart$$Lambda$14.run
        r"(?P<lambda>\$\$Lambda)(?:\$\d+)?(?:[./+]0x[0-9a-fA-F]+|/\d+)?",
        // LambdaForm$MH/1848402763, LambdaForm$DMH/0x0000000800c1
        r"(?P<form>LambdaForm\$\w+)(?:[./+]0x[0-9a-fA-F]+|/\d+)",
        r"(?P<accessor>Generated(?:Method|Constructor|SerializationConstructor)Accessor)\d+",
        r"(?P<proxy>\$Proxy|jdk\.proxy)\d+",
        // Spring: Cart$$EnhancerBySpringCGLIB$$5b3a7c1f, Cart$$SpringCGLIB$$0
        r"(?P<spring>\$\$(?:\w+By)?\w*CGLIB\$\$)[0-9a-f]+",
        // py-spy and perf: process 4711:"…", pid 4711, java-4711/4712
        r"(?P<process>\b(?:process|pid|tid)[ =:])\d+",
        r"-\d+/\d+$",
        r"(?P<address>0x)[0-9a-fA-F]{6,}",
    ];
    Regex::new(&kinds.join("|")).expect("a regex")
});

/// The name without what a run made up; borrowed if there is nothing of that kind.
pub fn without_made_up(name: &str) -> Cow<'_, str> {
    let kept = |found: &Captures<'_>| {
        let prefix = found.iter().skip(1).flatten().next().map_or("", |part| part.as_str());
        match (prefix, found.name("process").is_some()) {
            ("0x", _) | (_, true) => format!("{prefix}…"),
            _ => prefix.to_owned(),
        }
    };
    match MADE_UP.replace_all(name, kept) {
        Cow::Borrowed(name) => without_shapes(name),
        // `$$Lambda` alone, from which a reader has left out the rest.
        Cow::Owned(kept) if kept == name => without_shapes(name),
        Cow::Owned(name) => Cow::Owned(without_shapes(&name).into_owned()),
    }
}

/// `slices.Sort[go.shape.[]int,go.shape.int]` as `slices.Sort[...]`, as pprof shows it.
fn without_shapes(name: &str) -> Cow<'_, str> {
    let Some(start) = name.find("[go.shape.") else { return Cow::Borrowed(name) };
    let mut depth = 0;
    let end = name[start..].find(|c| {
        depth += i32::from(c == '[') - i32::from(c == ']');
        depth == 0
    });
    let Some(end) = end.map(|length| start + length + 1) else { return Cow::Borrowed(name) };
    Cow::Owned(format!("{}[...]{}", &name[..start], without_shapes(&name[end..])))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_run_makes_up_is_left_out_and_nothing_else() {
        for (name, expected) in [
            ("Cart$$Lambda$14.run", "Cart$$Lambda.run"),
            ("Cart$$Lambda$14.add", "Cart$$Lambda.add"),
            ("Cart$$Lambda$14/0x0000000800066840.run", "Cart$$Lambda.run"),
            ("Cart$$Lambda$14/1848402763.run", "Cart$$Lambda.run"),
            ("Cart$$Lambda.0x00007f1c3c0f8a00.run", "Cart$$Lambda.run"),
            ("invoke.LambdaForm$MH/0x0000000800c1.invoke", "invoke.LambdaForm$MH.invoke"),
            ("invoke.LambdaForm$DMH/1848402763.invoke", "invoke.LambdaForm$DMH.invoke"),
            ("reflect.GeneratedMethodAccessor7.invoke", "reflect.GeneratedMethodAccessor.invoke"),
            ("jdk.proxy2.$Proxy23.get", "jdk.proxy.$Proxy.get"),
            ("Cart$$EnhancerBySpringCGLIB$$5b3a7c1f.add", "Cart$$EnhancerBySpringCGLIB$$.add"),
            ("Cart$$SpringCGLIB$$0.add", "Cart$$SpringCGLIB$$.add"),
            ("slices.Sort[go.shape.[]int,go.shape.int]", "slices.Sort[...]"),
            ("m.(*Map[go.shape.string,go.shape.struct { a [2]int }]).Get", "m.(*Map[...]).Get"),
            ("process 4711:\"python shop.py\"", "process …:\"python shop.py\""),
            ("java-4711/4712", "java"),
            ("thunk_0x7f33a0c01000", "thunk_0x…"),
        ] {
            assert_eq!(without_made_up(name), expected);
        }
        for name in [
            "main",
            "worker-1",
            "sha256.block",
            "Lambda14",
            "std::vec::Vec<T>[4]::push",
            "parse_0xff",
            "processes 12",
            "a[go.shape.int",
            "Cart$Inner$1.run",
            "Cart$$Lambda.run",
        ] {
            assert!(matches!(without_made_up(name), Cow::Borrowed(same) if same == name), "{name}");
        }
    }
}
