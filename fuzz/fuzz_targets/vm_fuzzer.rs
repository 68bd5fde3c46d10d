#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| erbium_fuzz::vm(input));
