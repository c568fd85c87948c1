//! Two network namespaces with a wire between them, and the program watching one end.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::run::{analyse, logs};

/// Address of the client's end, and of the end that is watched.
pub const CLIENT: &str = "10.99.0.1";
pub const SERVER: &str = "10.99.0.2";
/// The interface that is watched.
pub const WATCHED: &str = "vb";

/// Two namespaces, removed at the end of the test.
pub struct Net {
    client: String,
    server: String,
}

impl Net {
    /// A new pair; none, with a message, where that is not to be had. `GANNET_LIVE=required` makes that a failure.
    pub fn new() -> Option<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = |end: &str| format!("gannet-{}-{number}{end}", std::process::id());
        let net = Self { client: name("c"), server: name("s") };
        if let Err(why) = net.make() {
            assert_ne!(std::env::var("GANNET_LIVE").ok().as_deref(), Some("required"), "no network: {why}");
            println!("SKIPPED: live capture needs root and network namespaces: {why}");
            return None;
        }
        Some(net)
    }

    fn make(&self) -> Result<(), String> {
        for ns in [&self.client, &self.server] {
            ip(&["netns", "add", ns])?;
            ip(&["-n", ns, "link", "set", "lo", "up"])?;
        }
        self.wire()
    }

    /// The wire, and the addresses of its ends.
    fn wire(&self) -> Result<(), String> {
        let (c, s) = (self.client.as_str(), self.server.as_str());
        ip(&["-n", c, "link", "add", "va", "type", "veth", "peer", "name", WATCHED, "netns", s])?;
        for (ns, name, address) in [(c, "va", CLIENT), (s, WATCHED, SERVER)] {
            ip(&["-n", ns, "addr", "add", &format!("{address}/24"), "dev", name])?;
            // Nothing but what the tests send.
            let quiet = format!("net.ipv6.conf.{name}.disable_ipv6=1");
            let _old_kernel =
                Command::new("ip").args(["netns", "exec", ns, "sysctl", "-qw", &quiet]).status();
            ip(&["-n", ns, "link", "set", name, "up"])?;
        }
        // A carrier takes a moment.
        self.wait_for("a wire", || {
            self.at_client("ping").args(["-c1", "-W1", SERVER]).output().is_ok_and(|o| o.status.success())
        });
        Ok(())
    }

    fn wait_for(&self, what: &str, done: impl FnMut() -> bool) {
        wait_for(what, Duration::from_secs(20), done);
    }

    /// Cuts the wire and makes a new one.
    pub fn rewire(&self) {
        ip(&["-n", &self.client, "link", "del", "va"]).expect("no wire");
        std::thread::sleep(Duration::from_millis(1200));
        self.wire().expect("a new wire");
    }

    /// Gives the watched interface another name and makes a new wire, whose end has the old one.
    pub fn replace(&self) {
        let s = self.server.as_str();
        let steps: [&[&str]; 4] = [
            &["-n", s, "link", "set", WATCHED, "down"],
            &["-n", s, "link", "set", WATCHED, "name", "vold"],
            &["-n", s, "addr", "flush", "dev", "vold"],
            &["-n", &self.client, "link", "set", "va", "name", "vold"],
        ];
        for step in steps {
            ip(step).expect("another name");
        }
        ip(&["-n", &self.client, "addr", "flush", "dev", "vold"]).expect("no address");
        self.wire().expect("a new wire");
        ip(&["-n", s, "link", "set", "vold", "up"]).expect("both are up");
    }

    /// Removes the wire that lost its name.
    pub fn forget(&self) {
        ip(&["-n", &self.client, "link", "del", "vold"]).expect("no wire");
    }

    /// Puts another interface in the place of the watched one, with its name and its number.
    pub fn replace_number(&self) {
        let (c, s) = (self.client.as_str(), self.server.as_str());
        let path = format!("/sys/class/net/{WATCHED}/ifindex");
        let output = self.at_server("cat").arg(path).output().expect("cat");
        let number = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        ip(&["-n", c, "link", "del", "va"]).expect("no wire");
        ip(&[
            "-n", s, "link", "add", WATCHED, "index", &number, "type", "veth", "peer", "name", "va", "netns",
            c,
        ])
        .expect("an interface of that number");
        for (ns, name, address) in [(c, "va", CLIENT), (s, WATCHED, SERVER)] {
            ip(&["-n", ns, "addr", "add", &format!("{address}/24"), "dev", name]).expect("an address");
            ip(&["-n", ns, "link", "set", name, "up"]).expect("up");
        }
        self.wait_for("a wire", || {
            self.at_client("ping").args(["-c1", "-W1", SERVER]).output().is_ok_and(|o| o.status.success())
        });
    }

    /// A command at the client's end.
    pub fn at_client(&self, program: &str) -> Command {
        inside(&self.client, program)
    }

    /// A command at the end that is watched.
    pub fn at_server(&self, program: impl AsRef<OsStr>) -> Command {
        inside(&self.server, program)
    }

    /// Some pings.
    pub fn ping(&self, count: u32) {
        let count = count.to_string();
        let output =
            self.at_client("ping").args(["-c", &count, "-i", "0.02", SERVER]).output().expect("ping");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    }

    /// A web server with a file `page`, until it is dropped.
    pub fn web(&self, dir: &Path) -> Running {
        fs::write(dir.join("page"), "hello").expect("a page");
        let mut command = self.at_server("python3");
        command.args(["-m", "http.server", "8000", "--directory"]).arg(dir);
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("python3");
        let server = Running(child);
        self.wait_for("a web server", || {
            let probe =
                ["-c", "import socket,sys; sys.exit(socket.socket().connect_ex(('127.0.0.1', 8000)))"];
            self.at_server("python3").args(probe).status().is_ok_and(|status| status.success())
        });
        server
    }

    /// Fetches the page.
    pub fn curl(&self, query: &str) {
        let url = format!("http://{SERVER}:8000/page?{query}");
        let output = self.at_client("curl").args(["-sS", "--max-time", "10", &url]).output().expect("curl");
        assert_eq!(output.stdout, b"hello", "{}", String::from_utf8_lossy(&output.stderr));
    }

    /// Replays a capture from the client's end.
    pub fn replay(&self, capture: &Path, how: &[&str]) {
        let mut command = self.at_client("tcpreplay");
        let output = command.args(["-q", "-i", "va"]).args(how).arg(capture).output().expect("tcpreplay");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
}

impl Drop for Net {
    fn drop(&mut self) {
        for ns in [&self.client, &self.server] {
            let _gone = ip(&["netns", "del", ns]);
        }
    }
}

fn inside(ns: &str, program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new("ip");
    command.args(["netns", "exec", ns]).arg(program).stdin(Stdio::null());
    command
}

fn ip(args: &[&str]) -> Result<(), String> {
    let output = Command::new("ip").args(args).output().map_err(|error| format!("ip: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!("ip {}: {}", args.join(" "), String::from_utf8_lossy(&output.stderr).trim()))
}

pub fn wait_for(what: &str, time: Duration, mut done: impl FnMut() -> bool) {
    let started = Instant::now();
    while !done() {
        assert!(started.elapsed() < time, "{what} does not come");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// A process that is killed when the test is over.
pub struct Running(pub Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _over = self.0.kill();
        let _over = self.0.wait();
    }
}

/// The program on a wire.
pub struct Sensor {
    child: Running,
    /// Where its logs are.
    pub out: PathBuf,
    err: PathBuf,
    stdout: PathBuf,
    socket: UnixDatagram,
    _path: SocketFile,
}

/// A socket's file, removed when the test is over.
struct SocketFile(PathBuf);

impl Drop for SocketFile {
    fn drop(&mut self) {
        let _gone = fs::remove_file(&self.0);
    }
}

/// How a sensor ended.
pub struct Ended {
    pub status: Option<i32>,
    pub err: String,
    pub out: String,
}

impl Ended {
    /// The summary that it gave.
    pub fn summary(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {}{}", self.out, self.err))
    }
}

impl Sensor {
    /// Starts it, and waits until it captures.
    pub fn start(net: &Net, dir: &Path, more: &[&str]) -> Self {
        let sensor = Self::spawn(net, dir, more, &[]);
        sensor.wait_told("READY=1", Duration::from_secs(20));
        sensor
    }

    /// Starts it on the interface through libpcap.
    pub fn start_pcap(net: &Net, dir: &Path, more: &[&str]) -> Self {
        let sensor = Self::spawn_on(&format!("pcap:{WATCHED}"), net, dir, more, &[]);
        sensor.wait_told("READY=1", Duration::from_secs(20));
        sensor
    }

    /// Starts it with variables in its environment.
    pub fn spawn(net: &Net, dir: &Path, more: &[&str], env: &[(&str, &str)]) -> Self {
        Self::spawn_on(WATCHED, net, dir, more, env)
    }

    fn spawn_on(interface: &str, net: &Net, dir: &Path, more: &[&str], env: &[(&str, &str)]) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("gannet-{}-{number}.sock", std::process::id()));
        let _none = fs::remove_file(&path);
        let socket = UnixDatagram::bind(&path).expect("a socket");
        // As the manager's own is.
        fs::set_permissions(&path, fs::Permissions::from_mode(0o777)).expect("a socket");
        socket.set_read_timeout(Some(Duration::from_millis(50))).expect("a socket");
        let (out, err, stdout) = (dir.join("logs"), dir.join("stderr"), dir.join("stdout"));
        let mut command = net.at_server(env!("CARGO_BIN_EXE_gannet"));
        command.args(["-i", interface, "--summary", "json", "-o"]).arg(&out).args(more);
        command.env("NOTIFY_SOCKET", &path).envs(env.iter().copied());
        command.stderr(fs::File::create(&err).expect("a file"));
        command.stdout(fs::File::create(&stdout).expect("a file"));
        let child = Running(command.spawn().expect("gannet starts"));
        Self { child, out, err, stdout, socket, _path: SocketFile(path) }
    }

    /// What it told the service manager since the last call, in order.
    pub fn told(&self) -> Vec<String> {
        let mut told = Vec::new();
        let mut buffer = [0; 4096];
        while let Ok(length) = self.socket.recv(&mut buffer) {
            told.push(String::from_utf8_lossy(&buffer[..length]).into_owned());
        }
        told
    }

    /// Waits until it tells the manager something; returns what it told until then.
    pub fn wait_told(&self, what: &str, time: Duration) -> Vec<String> {
        self.wait_told_that(what, |line| line.starts_with(what), time)
    }

    /// Waits until it tells the manager a line that is as wanted; `what` says in words what that is.
    pub fn wait_told_that(&self, what: &str, is: impl Fn(&str) -> bool, time: Duration) -> Vec<String> {
        let mut all = Vec::new();
        let started = Instant::now();
        while !all.iter().any(|message: &String| message.lines().any(&is)) {
            let err = fs::read_to_string(&self.err).unwrap_or_default();
            assert!(started.elapsed() < time, "it does not tell {what} but {all:?}: {err}");
            all.extend(self.told());
        }
        all
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.child.0.id()
    }

    /// What it said so far.
    pub fn err(&self) -> String {
        fs::read_to_string(&self.err).expect("stderr")
    }

    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([name, &self.pid().to_string()]).status().expect("kill");
        assert!(sent.success());
    }

    /// Waits for a text on its standard error.
    pub fn wait_said(&self, what: &str) {
        wait_for(what, Duration::from_secs(20), || self.err().contains(what));
    }

    /// The rows of a log so far; none if there is no such log.
    pub fn rows(&self, name: &str) -> Vec<String> {
        let text = fs::read_to_string(self.out.join(format!("{name}.log"))).unwrap_or_default();
        text.lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect()
    }

    /// Waits until a row of a log has a text in it; says how long that took.
    pub fn wait_row(&self, log: &str, text: &str, time: Duration) -> Duration {
        let started = Instant::now();
        wait_for(&format!("{text} in {log}.log"), time, || {
            self.rows(log).iter().any(|row| row.contains(text))
        });
        started.elapsed()
    }

    /// Waits for its end.
    pub fn wait(mut self) -> Ended {
        let mut status = None;
        wait_for("an end", Duration::from_secs(30), || {
            status = self.child.0.try_wait().expect("a status");
            status.is_some()
        });
        let text = |path: &Path| fs::read_to_string(path).expect("text");
        Ended { status: status.and_then(|s| s.code()), err: text(&self.err), out: text(&self.stdout) }
    }

    /// Ends it as a service manager does; that has to work.
    pub fn end(self) -> Ended {
        self.signal("-TERM");
        let ended = self.wait();
        assert_eq!(ended.status, Some(0), "{}", ended.err);
        ended
    }
}

/// The logs of packets: without those that the program writes of itself.
pub fn of_packets(dir: &Path) -> BTreeMap<String, Vec<String>> {
    let own = ["stats.log", "capture_loss.log", "reporter.log", "packet_filter.log", "loaded_scripts.log"];
    let logs = logs(dir).into_iter().filter(|(name, _)| !own.contains(&name.as_str()));
    let rows = |text: Vec<u8>| {
        let text = String::from_utf8_lossy(&text).into_owned();
        text.lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect()
    };
    logs.map(|(name, text)| (name, rows(text))).collect()
}

/// Analyses what a sensor has kept, and compares the logs; with more than one worker, in any order.
pub fn same_as_replay(sensor: &Path, dir: &Path, kept: &[PathBuf], options: &[&str], ordered: bool) {
    let replayed = dir.join("replayed");
    let mut more: Vec<&str> = vec!["-q"];
    more.extend(options);
    for path in &kept[1..] {
        more.extend(["-r", path.to_str().expect("a path")]);
    }
    analyse(&kept[0], &replayed, &more);
    let (mut live, mut again) = (of_packets(sensor), of_packets(&replayed));
    if !ordered {
        live.values_mut().chain(again.values_mut()).for_each(|rows| rows.sort());
    }
    assert_eq!(live.keys().collect::<Vec<_>>(), again.keys().collect::<Vec<_>>());
    for (name, rows) in &live {
        assert_eq!(rows, &again[name], "{name}");
    }
    assert!(live.contains_key("conn.log"), "there was something to compare");
}

/// The account adds up: for each ring, each worker, and all.
pub fn adds_up(summary: &Value) {
    let number = |value: &Value, key: &str| value[key].as_u64().unwrap_or_else(|| panic!("{key}: {value}"));
    let kinds = ["filtered", "unusable", "undecodable", "bad_checksum", "analysed"];
    let check = |packets: &Value| {
        assert_eq!(
            number(packets, "seen"),
            number(packets, "dropped") + number(packets, "read"),
            "{packets}"
        );
        let all: u64 = kinds.iter().map(|kind| number(packets, kind)).sum();
        assert_eq!(number(packets, "read"), all, "{packets}");
        assert_eq!(number(packets, "in_hand"), 0, "{packets}");
    };
    let live = &summary["live"];
    check(&live["packets"]);
    let workers = live["workers"].as_array().expect("workers");
    for worker in workers {
        check(&worker["packets"]);
        for ring in worker["rings"].as_array().expect("rings") {
            assert_eq!(number(ring, "seen"), number(ring, "dropped") + number(ring, "read"), "{ring}");
        }
    }
    for kind in ["seen", "dropped", "read", "analysed"] {
        let sum: u64 = workers.iter().map(|worker| number(&worker["packets"], kind)).sum();
        assert_eq!(number(&live["packets"], kind), sum, "{kind}");
    }
    assert_eq!(
        number(summary, "packets"),
        number(&live["packets"], "read")
            - number(&live["packets"], "filtered")
            - number(&live["packets"], "unusable")
    );
}
