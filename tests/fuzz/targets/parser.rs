//! Fuzz target: any text can be parsed, and its printed form parses to the same.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| answered::parsed(&String::from_utf8_lossy(bytes)));
