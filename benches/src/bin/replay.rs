//! Feeds a capture to an engine so many times, for tools that count instructions: `replay FILE TIMES LISTEN`.
//!
//! LISTEN is `nothing`, `conn`, `bare` (everything, no analyzer), `everything`, or `rows` (everything, as TSV). Prints
//! packets, records and DNS records of one time. FILE `-` is a capture without packets: what it takes to make an engine
//! and to end it. Loading the file is the same for any number of times, so that the
//! difference between two numbers is the engine's alone.

use std::path::Path;

use gannet_benches::count::{Count, Listen, Rows, config, feed};
use gannet_benches::packets::load;
use gannet_logs::Format;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [file, times, listen] = args.as_slice() else { panic!("replay FILE TIMES LISTEN") };
    let packets = if file == "-" { Vec::new() } else { load(Path::new(file)) };
    let times: u32 = times.parse().expect("a number of times");
    let chosen = match listen.as_str() {
        "nothing" => Listen::Nothing,
        "conn" => Listen::Conn,
        "bare" => Listen::Bare,
        "everything" | "rows" => Listen::Everything,
        other => panic!("{other}?"),
    };
    let mut count = Count::default();
    for _ in 0..times {
        count = Count { of: "dns", ..Count::default() };
        if listen == "rows" {
            let mut rows = Rows::new(Format::Tsv);
            feed(config(chosen), &packets, &mut rows);
            count.records = rows.rows;
        } else {
            feed(config(chosen), &packets, &mut count);
        }
    }
    println!("{} {} {}", packets.len(), count.records, count.found);
}
