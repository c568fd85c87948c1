//! See `gannet_fuzz::pcapng`.
#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| gannet_fuzz::pcapng::run(data));
