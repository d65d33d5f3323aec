//! Any file is read or refused, whatever format it seems to be in.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| answered::decoded(bytes));
