//! Fuzz target: completions at any position can be inserted there.

#![no_main]

use std::sync::{Arc, LazyLock};

use flamebook::kernel::language::Assistant;
use libfuzzer_sys::fuzz_target;

static ASSISTANT: LazyLock<Arc<dyn Assistant>> = LazyLock::new(answered::assistant);

fuzz_target!(|bytes: &[u8]| answered::assisted(&String::from_utf8_lossy(bytes), &**ASSISTANT));
