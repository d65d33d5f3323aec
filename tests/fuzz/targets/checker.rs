//! Fuzz target: any text can be checked, and its errors rendered.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| answered::checked(&String::from_utf8_lossy(bytes)));
