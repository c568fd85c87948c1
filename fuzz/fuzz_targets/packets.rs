//! See `gannet_fuzz::packets`.
#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| gannet_fuzz::packets::run(data));
