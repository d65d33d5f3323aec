//! Fuzz target: any file is read or rejected, in any format.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| answered::decoded(bytes));
