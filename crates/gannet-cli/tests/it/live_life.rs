//! The life of a live run as a process: signals, reloads, service manager, privileges, an interface that goes and comes.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::process::CommandExt;
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::live::{Net, Sensor, adds_up, wait_for};
use crate::run::{capture, ended, gannet, temp};

const SOON: Duration = Duration::from_secs(10);

#[test]
fn the_service_manager_is_told() {
    let Some(net) = Net::new() else { return };
    let dir = temp("live-service");
    let sensor = Sensor::spawn(&net, &dir, &["--workers", "2"], &[("WATCHDOG_USEC", "2000000")]);
    let begun = sensor.wait_told("READY=1", SOON);
    assert!(begun[0].contains("STATUS=watching vb with 2 workers"), "{begun:?}");
    let signs = || {
        sensor.told().iter().filter(|message| *message == "WATCHDOG=1\n" || *message == "WATCHDOG=1").count()
    };
    std::thread::sleep(Duration::from_secs(2));
    let count = signs();
    assert!((2..=6).contains(&count), "{count} signs of life in two seconds");
    sensor.signal("-HUP");
    let told = sensor.wait_told("READY=1", SOON);
    let reloading = told.iter().find(|message| message.contains("RELOADING=1")).expect("RELOADING=1");
    assert!(reloading.contains("MONOTONIC_USEC="), "{reloading}");
    // The wire is never quite silent: its ends look for neighbours.
    let is_account = |line: &str| line.starts_with("STATUS=") && line.contains(" packets, 0 dropped");
    sensor.wait_told_that("how many packets there were", is_account, SOON);
    sensor.signal("-TERM");
    sensor.wait_told("STOPPING=1", SOON);
    assert_eq!(sensor.wait().status, Some(0));
}

#[test]
fn a_worker_that_hangs_is_named_and_the_second_signal_ends_at_once() {
    let Some(net) = Net::new() else { return };
    let dir = temp("live-hang");
    // A pipe that nobody reads: the worker stands still when it is full.
    let pipe = dir.join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().expect("mkfifo").success());
    let _end = fs::File::options().read(true).write(true).open(&pipe).expect("a pipe");
    let more = ["--workers", "1", "--write", pipe.to_str().expect("text")];
    let sensor = Sensor::spawn(&net, &dir, &more, &[("WATCHDOG_USEC", "2000000")]);
    sensor.wait_told("READY=1", SOON);
    net.replay(&capture("http-nginx"), &["--topspeed", "--loop=50"]);
    sensor.wait_said("worker-1 hangs: no progress for 1 s");
    sensor.wait_row("reporter", "worker-1 hangs", SOON);
    sensor.told();
    std::thread::sleep(Duration::from_secs(2));
    let told = sensor.told();
    assert!(!told.iter().any(|message| message.contains("WATCHDOG=1")), "no sign of life: {told:?}");
    assert_eq!(sensor.err().matches("hangs").count(), 1, "once");
    sensor.signal("-TERM");
    sensor.wait_told("STOPPING=1", SOON);
    std::thread::sleep(Duration::from_millis(300));
    let started = Instant::now();
    sensor.signal("-TERM");
    assert_eq!(sensor.wait().status, Some(130));
    assert!(started.elapsed() < Duration::from_secs(1));
}

#[test]
fn what_can_change_in_place_does_and_the_rest_is_named() {
    let Some(net) = Net::new() else { return };
    let dir = temp("live-reload");
    let _web = net.web(&dir);
    let file = dir.join("gannet.toml");
    let write = |text: &str| fs::write(&file, text).expect("a file");
    write(
        "[engine]\nworkers = 2\nlocal-nets = [\"192.0.2.0/24\"]\n[logs]\nlog = [\"conn\", \"reporter\", \"packet_filter\"]\n",
    );
    let sensor = Sensor::start(&net, &dir, &["--config", file.to_str().expect("text")]);
    // A connection that lives through all of it.
    let mut long = net.at_client("python3");
    long.args(["-c", "import socket,sys,time\ns = socket.create_connection(('10.99.0.2', 8000))\nfor n in range(60):\n  s.send(b'G'); time.sleep(0.05)\n"]);
    let mut long = crate::live::Running(long.spawn().expect("python3"));
    net.curl("before");
    std::thread::sleep(Duration::from_millis(500));

    write("[engine]\nworkers = tow\n");
    sensor.signal("-HUP");
    sensor.wait_said("not reloaded, nothing has changed");
    assert!(sensor.err().contains("line 2, column 11"), "{}", sensor.err());

    fs::remove_file(&file).expect("a file");
    assert!(std::process::Command::new("mkfifo").arg(&file).status().expect("mkfifo").success());
    sensor.signal("-HUP");
    sensor.wait_said("expected a plain file");
    fs::remove_file(&file).expect("a pipe");

    write(
        "[capture]\nfilter = \"not icmp\"\n[engine]\nworkers = 3\nlocal-nets = [\"10.99.0.1/32\"]\n[logs]\nlog = []\n",
    );
    sensor.signal("-HUP");
    sensor.wait_said("reloaded: filter, local-nets, log changed");
    sensor.wait_said("these settings need a restart: workers");
    sensor.wait_row("reporter", "these settings need a restart: workers", SOON);
    // The workers have the order by now.
    std::thread::sleep(Duration::from_millis(500));
    net.ping(3);
    net.curl("after");
    sensor.wait_row("http", "after", SOON);
    assert!(!sensor.rows("http").iter().any(|row| row.contains("before")), "http was not wanted before");
    long.0.wait().expect("an end");
    let (rows, ended) = {
        let out = sensor.out.clone();
        let ended = sensor.end();
        (crate::live::of_packets(&out), ended)
    };
    adds_up(&ended.summary());
    let conn = &rows["conn.log"];
    // Both connections of curl and the long one are there, whole; the ping was filtered out.
    assert_eq!(conn.iter().filter(|row| row.contains("\ttcp\t")).count(), 3, "{conn:#?}");
    assert!(!conn.iter().any(|row| row.contains("\ticmp\t")), "{conn:#?}");
    assert!(ended.summary()["live"]["packets"]["dropped"] == 0);
    let whole = conn.iter().filter(|row| row.contains("\tShADa") || row.contains("\tShAD")).count();
    assert_eq!(whole, 3, "{conn:#?}");
    assert!(
        conn.iter().any(|row| row.contains("\tT\tF\t")),
        "the client is local after the reload: {conn:#?}"
    );
    let filters = fs::read_to_string(dir.join("logs/packet_filter.log")).expect("a log");
    assert!(filters.contains("\tip or not ip\tT\tT") && filters.contains("\tnot icmp\tF\tT"), "{filters}");
}

#[test]
fn the_account_is_given_when_asked_for() {
    let Some(net) = Net::new() else { return };
    let dir = temp("live-account");
    let sensor = Sensor::start(&net, &dir, &["--workers", "2"]);
    net.ping(10);
    std::thread::sleep(Duration::from_millis(1500));
    sensor.signal("-USR1");
    sensor.wait_said("the kernel dropped 0.0 % of what it saw");
    let err = sensor.err();
    let all = err.lines().find(|line| line.starts_with("all ")).expect("a sum");
    let cells: Vec<u64> =
        all.split_whitespace().skip(1).map(|cell| cell.parse().expect("a number")).collect();
    assert!(cells[0] >= 20, "{err}");
    assert_eq!(cells[0], cells[1] + cells[2], "{err}");
    assert_eq!(cells[2], cells[3..].iter().sum::<u64>(), "{err}");
    sensor.wait_row("reporter", "analysed", SOON);
    let ended = sensor.end();
    adds_up(&ended.summary());
}

#[test]
fn drops_are_counted() {
    let Some(net) = Net::new() else { return };
    let dir = temp("live-drops");
    // A busy machine may be slow to send, too.
    let dropped = (0..5).any(|_| {
        let sensor = Sensor::start(&net, &dir, &["--workers", "1", "--ring-size", "256k"]);
        net.replay(&capture("http-nginx"), &["--topspeed", "--loop=400", "--preload-pcap"]);
        let summary = sensor.end().summary();
        adds_up(&summary);
        println!("{}", summary["live"]["packets"]);
        summary["live"]["packets"]["dropped"].as_u64().expect("a number") > 0
    });
    assert!(dropped, "the ring is far too small, and nothing was dropped");
}

#[test]
fn prometheus_gets_numbers_that_add_up_whoever_else_asks() {
    let Some(net) = Net::new() else { return };
    let dir = temp("live-metrics");
    let sensor = Sensor::start(&net, &dir, &["--workers", "2", "--metrics", "127.0.0.1:9991"]);
    net.ping(10);
    net.replay(&capture("dns-bind"), &["--multiplier=20"]);
    std::thread::sleep(Duration::from_millis(1500));
    let scrape = |path: &str| {
        let url = format!("http://127.0.0.1:9991{path}");
        let output = net.at_server("curl").args(["-sSi", "--max-time", "20", &url]).output().expect("curl");
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let page = scrape("/metrics");
    assert!(page.starts_with("HTTP/1.1 200 OK\r\n") && page.contains("version=0.0.4"), "{page}");
    let sum = |name: &str| {
        let lines = page.lines().filter(|line| line.starts_with(&format!("{name}{{")));
        let values: Vec<f64> =
            lines.map(|line| line.rsplit(' ').next().expect("a value").parse().expect("a number")).collect();
        assert!(!values.is_empty(), "{name}");
        values.iter().sum::<f64>()
    };
    let read = sum("gannet_packets_read_total");
    assert!(read > 400.0, "{page}");
    assert_eq!(sum("gannet_packets_seen_total"), sum("gannet_packets_dropped_total") + read);
    assert_eq!(read, sum("gannet_packets_left_out_total") + sum("gannet_packets_analysed_total"));
    assert!(page.contains("gannet_packets_read_total{worker=\"2\",interface=\"vb\"}"), "{page}");
    each_metric_is_declared(&page);
    assert!(scrape("/").starts_with("HTTP/1.1 404 "));
    // Clients that say nothing, or say it slowly, hold nobody up for long.
    let script = "import socket,time\nc = [socket.create_connection(('127.0.0.1', 9991)) for _ in range(12)]\n\
                  for n in range(40):\n  for s in c:\n    try: s.send(b'G')\n    except OSError: pass\n  time.sleep(0.1)\n";
    let mut slow = net.at_server("python3");
    let _slow = crate::live::Running(slow.args(["-c", script]).spawn().expect("python3"));
    std::thread::sleep(Duration::from_millis(500));
    assert!(scrape("/metrics").starts_with("HTTP/1.1 200 OK"));
    // Nor do so many that none of them has a turn.
    let script = "import socket,time\nc = [socket.create_connection(('127.0.0.1', 9991)) for _ in range(200)]\n\
                  while True:\n  time.sleep(0.5)\n  c = c[50:] + [socket.create_connection(('127.0.0.1', 9991)) for _ in range(50)]\n";
    let mut silent = net.at_server("python3");
    let _silent = crate::live::Running(silent.args(["-c", script]).spawn().expect("python3"));
    std::thread::sleep(Duration::from_millis(700));
    for _ in 0..3 {
        let started = Instant::now();
        assert!(scrape("/metrics").starts_with("HTTP/1.1 200 OK"));
        assert!(started.elapsed() < Duration::from_secs(1), "{:?}", started.elapsed());
    }
    let threads = fs::read_dir(format!("/proc/{}/task", sensor.pid())).expect("threads").count();
    assert_eq!(threads, 1 + 2 + 3, "no thread for each client");
    adds_up(&sensor.end().summary());
}

fn each_metric_is_declared(page: &str) {
    let body = page.split("\r\n\r\n").nth(1).expect("a body");
    let mut types = BTreeMap::new();
    for line in body.lines() {
        if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').expect("a type");
            assert!(types.insert(name, kind).is_none(), "{name} twice");
            assert_eq!(kind == "counter", name.ends_with("_total"), "{name}");
        } else if !line.starts_with("# HELP ") {
            let name = line.split(['{', ' ']).next().expect("a name");
            assert!(types.contains_key(name), "{line}");
        }
    }
    assert!(types.len() > 20);
}

#[test]
fn privileges_go_and_the_interface_that_comes_back_is_read() {
    let Some(net) = Net::new() else { return };
    // A place that the other user can reach.
    let dir = std::env::temp_dir().join(format!("gannet-user-{}", std::process::id()));
    let _none = fs::remove_dir_all(&dir);
    fs::create_dir(&dir).expect("a directory");
    let sensor =
        Sensor::start(&net, &dir, &["--workers", "2", "--user", "nobody", "--metrics", "127.0.0.1:9991"]);
    let tasks: Vec<_> = fs::read_dir(format!("/proc/{}/task", sensor.pid())).expect("threads").collect();
    assert_eq!(tasks.len(), 1 + 2 + 3);
    for task in tasks {
        let status = fs::read_to_string(task.expect("a thread").path().join("status")).expect("a status");
        let field = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
            line.unwrap_or_else(|| panic!("{name}: {status}"))
                .split_whitespace()
                .collect::<Vec<_>>()
                .join(" ")
        };
        assert_eq!(field("Uid"), "65534 65534 65534 65534");
        assert_eq!(field("Gid"), "65534 65534 65534 65534");
        assert_eq!(field("Groups"), "");
        assert_eq!(field("NoNewPrivs"), "1");
        let net_raw = format!("{:016x}", 1 << 13);
        for set in ["CapPrm", "CapEff", "CapBnd"] {
            assert_eq!(field(set), net_raw, "{set}");
        }
        for set in ["CapInh", "CapAmb"] {
            assert_eq!(field(set), format!("{:016x}", 0), "{set}");
        }
    }
    net.ping(2);
    net.rewire();
    sensor.wait_said("interface vb is back");
    sensor.wait_row("reporter", "interface vb is gone", SOON);
    let web = temp("live-user-web");
    let _web = net.web(&web);
    net.curl("back");
    sensor.wait_row("http", "back", SOON);
    adds_up(&sensor.end().summary());
    let _gone = fs::remove_dir_all(&dir);
}

#[test]
fn an_interface_that_was_replaced_by_another_of_its_name_is_read() {
    let Some(net) = Net::new() else { return };
    let web = temp("live-replaced-web");
    for way in ["number", "name"] {
        for pcap in [false, true] {
            let dir = temp(&format!("live-replaced-{way}-{pcap}"));
            let start = if pcap { Sensor::start_pcap } else { Sensor::start };
            // libpcap does not tell which checksums are still to be filled in.
            let sensor = start(&net, &dir, &["-C"]);
            net.ping(2);
            if way == "name" {
                net.replace()
            } else {
                net.replace_number()
            }
            sensor.wait_said("interface vb is back");
            let web_server = net.web(&web);
            net.curl("behind");
            sensor.wait_row("http", "behind", SOON);
            drop(web_server);
            let ended = sensor.end();
            if !pcap {
                adds_up(&ended.summary());
            }
            // One of that name is left to be replaced again.
            if way == "name" {
                net.forget();
            }
        }
    }
}

#[test]
fn a_log_directory_of_somebody_else_is_named() {
    let Some(net) = Net::new() else { return };
    let dir = temp("live-not-mine");
    fs::create_dir(dir.join("logs")).expect("a directory");
    let sensor = Sensor::spawn(&net, &dir, &["--user", "nobody"], &[]);
    let ended = sensor.wait();
    assert_eq!(ended.status, Some(1));
    assert!(ended.err.contains("user nobody may not write to the log directory"), "{}", ended.err);
    let sensor = Sensor::spawn(&net, &dir, &["--user", "no-such-user"], &[]);
    let ended = sensor.wait();
    assert!(ended.err.contains("there is no user no-such-user"), "{}", ended.err);
}

#[test]
fn who_may_not_read_an_interface_is_told_what_it_takes() {
    if Net::new().is_none() {
        return;
    }
    // Where another user can reach it.
    let dir = std::env::temp_dir().join(format!("gannet-nobody-{}", std::process::id()));
    let _none = fs::remove_dir_all(&dir);
    fs::create_dir(&dir).expect("a directory");
    let program = dir.join("gannet");
    fs::copy(env!("CARGO_BIN_EXE_gannet"), &program).expect("a copy");
    for interface in ["lo", "pcap:lo"] {
        let mut command = std::process::Command::new(&program);
        command
            .args(["-i", interface, "-o"])
            .arg(dir.join("logs"))
            .stdin(Stdio::null())
            .uid(65534)
            .gid(65534);
        let ran = ended(&command.output().expect("gannet starts"));
        assert_eq!(ran.status, Some(1), "{}", ran.err);
        assert!(ran.err.contains("root") && ran.err.contains("CAP_NET_RAW"), "{}", ran.err);
    }
    let _gone = fs::remove_dir_all(&dir);
}

#[test]
fn what_does_not_go_together_is_refused() {
    let table: [(&[&str], &str); 4] = [
        (&["-i", "lo", "-r", "x"], "cannot be used with"),
        (&["-i", "pcap:"], "expected the name of an interface"),
        (&["-i", "lo", "--cpus", "4095"], "may not run on processor 4095"),
        (&["-i", "no-such-interface"], "no-such-interface"),
    ];
    for (args, want) in table {
        let out = temp("live-refused");
        let ran =
            ended(&gannet().args(args).arg("-o").arg(out.join("logs")).output().expect("gannet starts"));
        assert_ne!(ran.status, Some(0), "{args:?}");
        assert!(ran.err.contains(want), "{args:?}: {}", ran.err);
        assert!(!out.join("logs/conn.log").exists());
    }
}

#[test]
fn workers_run_where_they_are_told_to() {
    let Some(net) = Net::new() else { return };
    let dir = temp("live-cpus");
    let sensor = Sensor::start(&net, &dir, &["--workers", "3", "--cpus", "0"]);
    let tasks = fs::read_dir(format!("/proc/{}/task", sensor.pid())).expect("threads");
    let pinned = tasks.filter(|task| {
        let path = task.as_ref().expect("a thread").path().join("status");
        let status = fs::read_to_string(path).expect("a status");
        status
            .lines()
            .any(|line| line.starts_with("Cpus_allowed_list:") && line.split_whitespace().nth(1) == Some("0"))
    });
    let cores = std::thread::available_parallelism().expect("cores").get();
    // The workers alone, unless there is one core only.
    assert_eq!(pinned.count(), if cores > 1 { 3 } else { 4 });
    sensor.end();
}

#[test]
fn the_unit_file_is_right() {
    let text = fs::read_to_string(crate::run::workspace().join("crates/gannet-cli/dist/gannet.service"))
        .expect("a unit");
    let section = |name: &str| text.split("\n[").find(|part| part.starts_with(name)).expect("a section");
    assert!(section("Service]").contains("\nRestartPreventExitStatus=2\n"));
    assert!(
        section("Unit]").contains("\nStartLimitIntervalSec=")
            && section("Unit]").contains("\nStartLimitBurst=")
    );
    let known = std::process::Command::new("systemd-analyze").arg("--version").output();
    if !known.is_ok_and(|output| output.status.success()) {
        println!("SKIPPED: there is no systemd-analyze");
        return;
    }
    let dir = temp("unit");
    let unit = dir.join("gannet.service");
    let here = text.replace("/usr/local/bin/gannet", env!("CARGO_BIN_EXE_gannet"));
    assert_ne!(here, text);
    let verify = |text: &str| {
        fs::write(&unit, text).expect("a unit");
        let output = std::process::Command::new("systemd-analyze")
            .arg("verify")
            .arg(&unit)
            .output()
            .expect("systemd-analyze");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        // What it says of the units of this machine is not ours.
        said.lines().filter(|line| line.contains("gannet")).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(verify(&here), Vec::<String>::new());
    assert!(!verify(&here.replace("WatchdogSec", "WatchdogSecs")).is_empty(), "it looks");
}

#[test]
fn a_deaf_service_manager_is_no_reason_to_end() {
    // The socket of the service manager is gone: nobody is told, and nothing fails.
    let Some(net) = Net::new() else { return };
    let dir = temp("live-deaf");
    let sensor = Sensor::spawn(&net, &dir, &["--workers", "1"], &[("NOTIFY_SOCKET", "/nonexistent/socket")]);
    wait_for("a log", SOON, || dir.join("logs/packet_filter.log").exists());
    net.ping(3);
    let ended = sensor.end();
    assert!(!ended.err.contains("socket"), "{}", ended.err);
}
