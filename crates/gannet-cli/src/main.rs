//! gannet: reads packet captures and writes what happened in them.

use std::path::PathBuf;

use anyhow::Result;
use clap::Parser;
use gannet::Config;
use gannet::capture::Files;
use gannet_logs::{Format, LogDir, LogMapper, LogSink, Options};

#[derive(Parser)]
struct Args {
    #[arg(short = 'r', required = true)]
    read: Vec<PathBuf>,
    #[arg(short = 'C')]
    no_checksums: bool,
    #[arg(short = 'o', default_value = ".")]
    out: PathBuf,
    #[arg(long)]
    json: bool,
    #[arg(long, default_value_t = 1)]
    workers: usize,
    #[arg(long)]
    batch: Option<usize>,
}

fn main() -> Result<()> {
    let args = Args::parse();
    let mut config = Config::default();
    config.checksums = !args.no_checksums;
    config.workers = args.workers;
    if let Some(b) = args.batch {
        config.batch = b;
    }
    let options = Options::new(if args.json { Format::Json } else { Format::Tsv });
    let mut sink = LogSink::new(LogDir::open(&args.out, options.clone())?);
    let mut source = Files::open(&args.read)?;
    let mut last = gannet::Timestamp::ZERO;
    let summary = gannet::run(
        config,
        &mut source,
        |_| LogMapper::new(options.clone()),
        |record| sink.record(record),
        |p, _| {
            last = p.now;
            true
        },
    )?;
    eprintln!("{:?}", summary.stats);
    sink.into_dir()?.finish(last)?;
    Ok(())
}
