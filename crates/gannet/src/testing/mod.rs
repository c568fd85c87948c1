//! For tests only: packets made by hand, an engine that keeps what it is told, and TCP conversations as short scripts.

mod heard;
mod lab;
mod packet;
mod script;
mod spy;
mod tap;

pub(crate) use heard::{Heard, Log, NoLog};
pub(crate) use lab::{Lab, Rows, at, cases};
pub(crate) use packet::{ETHERNET, Ip, RAW, arp, ethernet, icmp, icmp_bytes, ip, tcp, udp, v4, v6};
pub(crate) use script::{CLIENT, SERVER, Script, play};
pub(crate) use spy::{Seen, heard, take_seen};
pub(crate) use tap::{ACK, RST, Sees, Side, Tap, changed, dialogue, every_cut, text, weird_text};
