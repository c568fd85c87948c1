//! Feeds a capture to an engine so many times, for tools that count instructions: `replay FILE TIMES LISTEN [LOG]`.
//!
//! LISTEN is `nothing`, `conn`, `bare` (everything, no analyzer), `everything`, or `rows` (everything, as TSV); `more` is
//! everything with services that Zeek does not name, and `without` the same without the analyzers that write LOG. Prints
//! packets, records and those of LOG (if it is not given: of DNS) of one time. FILE `-` is a capture without packets: what it takes to make an engine
//! and to end it. Loading the file is the same for any number of times, so that the
//! difference between two numbers is the engine's alone.

use std::path::Path;

use gannet_benches::count::{Count, Listen, Rows, config, config_more, feed};
use gannet_benches::packets::load;
use gannet_logs::Format;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let (file, times, listen, log) = match args.as_slice() {
        [file, times, listen] => (file, times, listen, "dns"),
        [file, times, listen, log] => (file, times, listen, log.as_str()),
        _ => panic!("replay FILE TIMES LISTEN [LOG]"),
    };
    let packets = if file == "-" { Vec::new() } else { load(Path::new(file)) };
    let times: u32 = times.parse().expect("a number of times");
    let chosen = || match listen.as_str() {
        "nothing" => config(Listen::Nothing),
        "conn" => config(Listen::Conn),
        "bare" => config(Listen::Bare),
        "everything" | "rows" => config(Listen::Everything),
        "more" => config_more(None).expect("a configuration"),
        "without" => config_more(Some(log)).expect("an analyzer that writes this log"),
        other => panic!("{other}?"),
    };
    let mut count = Count::default();
    for _ in 0..times {
        count = Count { of: log.to_owned(), ..Count::default() };
        if listen == "rows" {
            let mut rows = Rows::new(Format::Tsv);
            feed(chosen(), &packets, &mut rows);
            count.records = rows.rows;
        } else {
            feed(chosen(), &packets, &mut count);
        }
    }
    println!("{} {} {}", packets.len(), count.records, count.found);
}
