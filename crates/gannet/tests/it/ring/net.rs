//! Networks of their own for the tests of live capture, and threads that sniff in them.

use std::fs::File;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use gannet::capture::live::{Interface, LiveOptions, open};
use gannet::capture::write::{Precision, Writer};
use gannet::capture::{Batch, Filled, PacketMeta, PacketSource, RingStatus, SourceEvent};
use gannet::{LinkType, Timestamp};
use nix::sched::{CloneFlags, unshare};

/// What such a test needs and this system lacks.
fn lacking() -> Option<String> {
    let user = Command::new("id").arg("-u").output().ok()?;
    if user.stdout != b"0\n" {
        return Some("it has to be root".to_owned());
    }
    let tools = ["ip", "tcpreplay", "unshare", "nsenter", "setpriv", "ping", "ethtool"];
    let missing = |tool: &&&str| {
        let found = Command::new("sh").args(["-c", &format!("command -v {tool}")]).output();
        !found.is_ok_and(|found| found.status.success())
    };
    if let Some(tool) = tools.iter().find(missing) {
        return Some(format!("there is no `{tool}`"));
    }
    let namespace = Command::new("unshare").args(["--net", "true"]).output().ok()?;
    (!namespace.status.success()).then(|| "it may not make a network namespace".to_owned())
}

/// Runs a test in a network namespace of its own, which is gone when it ends, however it ends. One at a time, over all the
/// processes that run tests: they measure losses. Skipped where that is not possible, unless `GANNET_LIVE=required`.
pub fn alone(test: fn()) {
    if let Some(what) = lacking() {
        let required = std::env::var("GANNET_LIVE").is_ok_and(|value| value == "required");
        assert!(!required, "GANNET_LIVE=required, and this test cannot run: {what}");
        println!("SKIPPED: {what}");
        return;
    }
    let lock = File::create(std::env::temp_dir().join("gannet-live-tests.lock")).unwrap();
    lock.lock().unwrap();
    let thread = std::thread::spawn(move || {
        unshare(CloneFlags::CLONE_NEWNET).unwrap();
        run("ip link set lo up");
        // Nothing is sent but what the test sends.
        std::fs::write("/proc/sys/net/ipv6/conf/default/disable_ipv6", "1").unwrap();
        test();
    });
    if let Err(panic) = thread.join() {
        std::panic::resume_unwind(panic);
    }
}

/// Runs a command, and gives what it printed.
pub fn run(command: &str) -> String {
    let output = Command::new("sh").args(["-c", command]).output().unwrap();
    let text =
        [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned()).concat();
    assert!(output.status.success(), "{command}: {text}");
    text
}

/// Another network namespace, alive as long as this.
pub struct Peer {
    keeper: Child,
}

impl Peer {
    pub fn new() -> Self {
        // It dies with the thread that made it.
        let keeper = Command::new("unshare")
            .args(["--net", "setpriv", "--pdeathsig", "KILL", "sleep", "1000"])
            .stdin(Stdio::null())
            .spawn()
            .unwrap();
        let peer = Self { keeper };
        let own = std::fs::read_link("/proc/thread-self/ns/net").unwrap();
        let start = Instant::now();
        let path = format!("/proc/{}/ns/net", peer.keeper.id());
        while std::fs::read_link(&path).unwrap() == own {
            assert!(start.elapsed() < Duration::from_secs(10), "no namespace");
            std::thread::sleep(Duration::from_millis(1));
        }
        peer.run("ip link set lo up; echo 1 > /proc/sys/net/ipv6/conf/default/disable_ipv6");
        peer
    }

    /// Makes `near` here and `far` there, the two ends of a cable.
    pub fn cable(&self, near: &str, far: &str) {
        run(&format!("ip link add {near} type veth peer name {far} netns {}", self.keeper.id()));
        run(&format!("ip link set {near} up"));
        self.run(&format!("ip link set {far} up"));
    }

    /// Runs a command there.
    pub fn run(&self, command: &str) -> String {
        run(&self.there(command))
    }

    pub fn there(&self, command: &str) -> String {
        format!("nsenter -t {} -n sh -c '{command}'", self.keeper.id())
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _gone = self.keeper.kill();
        let _gone = self.keeper.wait();
    }
}

/// A capture file, gone when the test is over.
pub struct Capture(pub PathBuf);

impl Capture {
    pub fn new(packets: &[Vec<u8>]) -> Self {
        static COUNT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
        let number = COUNT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("gannet-live-{}-{number}.pcap", std::process::id()));
        let file = std::io::BufWriter::new(File::create(&path).unwrap());
        let mut writer = Writer::new(file, LinkType(1), Precision::Micros).unwrap();
        for (number, packet) in packets.iter().enumerate() {
            let ts = Timestamp::from_nanos(1_700_000_000_000_000_000 + number as i64 * 1000);
            writer.packet(ts, packet.len() as u32, packet).unwrap();
        }
        writer.finish().unwrap();
        Self(path)
    }

    /// The command that sends it.
    pub fn replay(&self, interface: &str, speed: &str) -> String {
        format!("tcpreplay -q -K {speed} -i {interface} {}", self.0.display())
    }
}

impl Drop for Capture {
    fn drop(&mut self) {
        let _gone = std::fs::remove_file(&self.0);
    }
}

/// A packet that was sniffed.
#[derive(Clone, Debug)]
pub struct Taken {
    pub meta: PacketMeta,
    pub bytes: Vec<u8>,
}

/// What one worker has sniffed.
pub struct Catch {
    pub packets: Vec<Taken>,
    pub events: Vec<SourceEvent>,
    pub rings: Vec<RingStatus>,
}

type Order = Box<dyn FnOnce(&mut dyn PacketSource, &mut Vec<SourceEvent>) + Send>;

/// A thread for each worker, which keeps all that it sees.
pub struct Sniffer {
    workers: Vec<(Sender<Order>, JoinHandle<Catch>)>,
}

/// Options for these interfaces, with a ring of 8 MB.
pub fn options(interfaces: &[&str]) -> LiveOptions {
    let mut options = LiveOptions::default();
    options.interfaces = interfaces.iter().map(|name| Interface::Ring((*name).to_owned())).collect();
    options.ring_bytes = 8 << 20;
    options
}

impl Sniffer {
    pub fn start(options: &LiveOptions) -> Self {
        let worker = |source| {
            let (order, orders) = channel();
            (order, std::thread::spawn(move || sniff(source, &orders)))
        };
        Self { workers: open(options).unwrap().into_iter().map(worker).collect() }
    }

    /// Has each worker do something between two looks at its source; returns when all have done it.
    pub fn each<T: Send + 'static>(
        &self,
        what: impl Fn(&mut dyn PacketSource, &mut Vec<SourceEvent>) -> T + Clone + Send + 'static,
    ) -> Vec<T> {
        let (tell, told) = channel();
        for (number, (order, _)) in self.workers.iter().enumerate() {
            let (tell, what) = (tell.clone(), what.clone());
            let order_of = move |source: &mut dyn PacketSource, events: &mut Vec<SourceEvent>| {
                tell.send((number, what(source, events))).unwrap();
            };
            order.send(Box::new(order_of)).unwrap();
        }
        drop(tell);
        let mut all: Vec<_> = told.iter().collect();
        all.sort_by_key(|(number, _)| *number);
        all.into_iter().map(|(_, value)| value).collect()
    }

    /// Waits until the first worker's events are these.
    pub fn expect_events(&self, expected: &[&str]) {
        let start = Instant::now();
        loop {
            let events = self.each(|_, events| events.clone()).swap_remove(0);
            let told: Vec<String> = events.iter().map(ToString::to_string).collect();
            if told == expected {
                return;
            }
            assert!(start.elapsed() < Duration::from_secs(10), "{told:#?} and not {expected:#?}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Stops all workers and gives what they have sniffed. Each packet that the kernel has counted was read or dropped.
    pub fn finish(self) -> Vec<Catch> {
        self.each(|source, _| source.stop());
        let join = |(_, thread): (_, JoinHandle<Catch>)| thread.join().unwrap();
        let catches: Vec<Catch> = self.workers.into_iter().map(join).collect();
        for catch in &catches {
            for ring in &catch.rings {
                assert_eq!(ring.seen, ring.dropped + ring.read, "{ring:?}");
            }
            let read: u64 = catch.rings.iter().map(|ring| ring.read).sum();
            assert_eq!(read, catch.packets.len() as u64);
        }
        catches
    }

    /// The same for one worker.
    pub fn finish_one(self) -> Catch {
        let mut catches = self.finish();
        assert_eq!(catches.len(), 1);
        catches.swap_remove(0)
    }
}

fn sniff(mut source: Box<dyn PacketSource>, orders: &Receiver<Order>) -> Catch {
    let (mut packets, mut events) = (Vec::new(), Vec::new());
    let mut batch = Batch::default();
    let mut frontier = Timestamp::ZERO;
    loop {
        events.extend(source.take_events());
        while let Ok(order) = orders.try_recv() {
            order(source.as_mut(), &mut events);
        }
        let start = Instant::now();
        let filled = source.fill(&mut batch, 100).unwrap();
        assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
        assert_eq!(filled == Filled::Packets, !batch.packets.is_empty());
        assert!(batch.packets.len() <= 100);
        assert!(batch.frontier >= frontier, "the frontier goes back");
        frontier = batch.frontier;
        for packet in &batch.packets {
            let bytes = batch.bytes(packet).to_vec();
            assert_eq!(bytes.len(), packet.captured as usize);
            packets.push(Taken { meta: *packet, bytes });
        }
        if filled == Filled::End {
            events.extend(source.take_events());
            return Catch { packets, events, rings: source.status().rings };
        }
    }
}
