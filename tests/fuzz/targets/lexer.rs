//! Fuzz target: any text can be tokenised.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| answered::lexed(&String::from_utf8_lossy(bytes)));
