//! See `gannet_fuzz::capture_file`.
#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| gannet_fuzz::capture_file::run(data));
