//! One program for all targets: FUZZ_TARGET names the one that is fuzzed.
#![no_main]

#[path = "../targets/mod.rs"]
mod targets;

use std::sync::LazyLock;

static TARGET: LazyLock<targets::Target> = LazyLock::new(|| {
    let name = std::env::var("FUZZ_TARGET").expect("FUZZ_TARGET names a target");
    let known = targets::ALL.iter().find(|target| target.name == name);
    *known.unwrap_or_else(|| panic!("{name} is no target of tests/fuzz/targets"))
});

libfuzzer_sys::fuzz_target!(|data: &[u8]| (TARGET.run)(data));
