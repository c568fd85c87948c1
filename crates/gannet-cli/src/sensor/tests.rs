//! What needs no wire: pulses, pages, reloads.

use std::time::{Duration, Instant};

use clap::Parser;
use gannet::WorkerReport;

use super::metrics::{Snapshot, page};
use super::reload;
use super::watch::Watch;
use crate::account::{Ledger, table};
use crate::args::Args;

fn report(turns: u64) -> WorkerReport {
    let mut report = WorkerReport::default();
    report.turns = turns;
    report
}

#[test]
fn a_worker_that_stands_still_is_named_once_and_again_when_it_goes_on() {
    let start = Instant::now();
    let at = |seconds| start + Duration::from_secs(seconds);
    let mut watch = Watch::new(2, Duration::from_secs(10), start);
    assert!(watch.look(&[report(1), report(1)], at(1)).is_empty());
    assert!(watch.look(&[report(2), report(1)], at(11)).is_empty());
    assert!(watch.all_alive());
    let told = watch.look(&[report(3), report(1)], at(12));
    assert_eq!(told, ["worker-2 hangs: no progress for 11 s (turn 1)"]);
    assert!(!watch.all_alive());
    assert!(watch.look(&[report(4), report(1)], at(13)).is_empty(), "once");
    assert_eq!(watch.look(&[report(5), report(2)], at(14)), ["worker-2 works again"]);
    assert!(watch.all_alive());
    // One that is over does not stand still.
    let mut over = report(2);
    over.ended = true;
    assert!(watch.look(&[report(6), over], at(60)).is_empty());
    assert_eq!(watch.look(&[report(6), report(2)], at(71)).len(), 2);
}

#[test]
fn labels_may_hold_anything() {
    let mut worker = report(1);
    let mut ring = gannet::capture::RingStatus::default();
    ring.interface = "a\"b\\c\nd".to_owned();
    ring.seen = 7;
    worker.status.rings.push(ring);
    let text = page(&Snapshot { workers: vec![worker], ..Snapshot::default() });
    let line = "gannet_packets_seen_total{worker=\"1\",interface=\"a\\\"b\\\\c\\nd\"} 7\n";
    assert!(text.contains(line), "{text}");
}

#[test]
fn the_account_adds_up_over_rings_and_workers() {
    let mut worker = report(1);
    for n in [10, 20] {
        let mut ring = gannet::capture::RingStatus::default();
        (ring.seen, ring.dropped, ring.read) = (n, 1, n - 1);
        worker.status.rings.push(ring);
    }
    worker.stats.filtered = 1;
    worker.stats.unusable = 2;
    worker.stats.undecodable = 3;
    worker.stats.refused = 4;
    worker.stats.analysed = 17;
    worker.stats.shed.files = 5;
    let workers = [worker.clone(), worker];
    let all = Ledger::sum(&workers);
    assert_eq!((all.seen, all.dropped, all.read, all.in_hand()), (60, 4, 56, 2));
    let lines = table(&workers);
    assert_eq!(lines.len(), 6, "{lines:#?}");
    assert!(lines[3].starts_with("all ") && lines[3].ends_with("  2"), "{lines:#?}");
    assert_eq!(lines[4], "the kernel dropped 6.7 % of what it saw");
    assert_eq!(lines[5], "given up: 10 files");
}

#[test]
fn a_reload_takes_what_can_change_and_names_the_rest() {
    let dir = std::env::temp_dir().join(format!("gannet-reload-{}", std::process::id()));
    std::fs::create_dir_all(&dir).unwrap();
    let file = dir.join("gannet.toml");
    std::fs::write(&file, "").unwrap();
    let line = Args::try_parse_from(["gannet", "-i", "eth0", "--config", file.to_str().unwrap()]).unwrap();
    let now = line.with_file().unwrap();
    let write = |text: &str| std::fs::write(&file, text).unwrap();
    // Every setting that is fixed, by a file that changes it.
    let fixed = "[capture]\nring-size = \"1M\"\npromiscuous = false\nhardware-time = true\nwrite = \"x\"\n\
                 [engine]\nworkers = 9\ncpus = \"1\"\nbalance = \"flow\"\ndecap = [\"gre\"]\nhash = [\"md5\"]\nuid-seed = \"x\"\n\
                 [logs]\nout = \"x\"\njson = true\nextras = false\n\
                 [policies]\nrun = [\"local\"]\nintel = [\"x\"]\n\
                 [process]\nuser = \"x\"\nmetrics = \"127.0.0.1:1\"\nsummary = \"json\"\nverbose = true\n";
    write(fixed);
    let change = reload::reload(&line, &now).unwrap();
    let names = "ring-size, promiscuous, hardware-time, write, workers, cpus, balance, decap, hash, uid-seed, out, json, \
                 extras, policies, intel, user, metrics, summary, verbose";
    assert_eq!(change.restart.unwrap(), format!("these settings need a restart: {names}"));
    assert!(change.told.contains("no setting has changed"), "{}", change.told);
    assert_eq!(format!("{:?}", change.args.config().unwrap()), format!("{:?}", now.config().unwrap()));
    // And those that are not.
    write(
        "[capture]\nfilter = \"tcp\"\n[engine]\nchecksums = false\nlocal-nets = [\"1.2.3.0/24\"]\n\
           [logs]\nlog = [\"dns\"]\nstats-interval = 7\ncapture-loss-interval = 8\n[process]\nquiet = true\n[limits]\nflows-per-shard = 9\n",
    );
    let change = reload::reload(&line, &now).unwrap();
    let names = "checksums, filter, local-nets, limits, log, stats-interval, capture-loss-interval, quiet";
    assert_eq!(change.told, format!("reloaded: {names} changed"));
    assert!(change.restart.is_none() && change.filter_differs(&now));
    let config = change.args.config().unwrap();
    assert_eq!(
        (config.checksums(), config.limits().flows_per_shard, config.wanted()),
        (false, 9, Some(["dns"].as_slice()))
    );
    assert_eq!(change.args.live.stats_interval(), Duration::from_secs(7));
    // Back to how it was: what a reload has set does not stay.
    write("");
    let back = reload::reload(&line, &change.args).unwrap();
    assert_eq!(back.told, change.told);
    write("[engine]\nworkers = 0\n");
    assert!(reload::reload(&line, &now).err().unwrap().contains("line 2"));
    std::fs::remove_file(&file).unwrap();
    assert!(reload::reload(&line, &now).err().unwrap().contains("cannot be read"));
    std::fs::remove_dir(&dir).unwrap();
}

#[test]
fn a_reload_takes_other_filters_or_none() {
    let dir = std::env::temp_dir().join(format!("gannet-filters-{}", std::process::id()));
    std::fs::create_dir_all(&dir).unwrap();
    let file = dir.join("gannet.toml");
    let write = |text: &str| std::fs::write(&file, text).unwrap();
    write("");
    let line = Args::try_parse_from(["gannet", "-i", "eth0", "--config", file.to_str().unwrap()]).unwrap();
    let now = line.with_file().unwrap();
    let conn = gannet::streams().into_iter().find(|stream| stream.name == "conn").unwrap();
    write(
        "[predicates]\nweb = \"id.resp_p == 80\"\n[[filter]]\nlog = \"dns\"\nwhere = \"id.resp_p == 53\"\n[[filter]]\nlog = \"conn\"\noff = true\n",
    );
    let change = reload::reload(&line, &now).unwrap();
    assert_eq!(change.told, "reloaded: filters changed");
    assert!(now.filters.is_off(conn), "who makes rows sees it");
    assert!(!change.config.wanted().unwrap().contains(&"conn"));
    // What cannot be used changes nothing.
    for (text, what) in [
        ("[[filter]]\nlog = \"conn\"\nwhere = \"id.rep_p == 1\"\n", "did you mean id.resp_p?"),
        ("[predicates]\na = \"@b\"\nb = \"@a\"\n", "a circle: @b names @a names @b"),
        ("[[filter]]\nlog = \"conn\"\nwhen = \"true\"\n", "unknown field `when`"),
    ] {
        write(text);
        let error = reload::reload(&line, &change.args).err().unwrap();
        assert!(error.contains(what), "{error}");
        assert!(now.filters.is_off(conn));
    }
    write("");
    let back = reload::reload(&line, &change.args).unwrap();
    assert_eq!(back.told, "reloaded: filters changed");
    assert!(!now.filters.is_off(conn) && back.config.wanted().is_none());
    std::fs::remove_dir_all(&dir).unwrap();
}
