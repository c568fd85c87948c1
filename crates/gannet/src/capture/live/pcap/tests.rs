//! libpcap on pairs of virtual interfaces, in a network of the test's own.
#![allow(unsafe_code)]

use std::process::Command;
use std::time::{Duration, Instant};

use super::*;
use crate::capture::{Blame, Files, Recorder, live};
use crate::engine::{Config, Control, Edge, Entry, Output, Report};
use crate::events::{Event, Meta, Subscriber, Weird};
use crate::flow::Conn;

/// Makes a network for this thread with a pair of interfaces `va` and `vb`, which are up and silent. False, and a word, where
/// that may not be done, unless the environment says that it has to be.
fn network() -> bool {
    // SAFETY: the call gives this thread a network of its own and touches no memory.
    let own = unsafe { libc::unshare(libc::CLONE_NEWNET) } == 0;
    if own && make_pair() {
        return true;
    }
    assert!(
        std::env::var("GANNET_LIVE").as_deref() != Ok("required"),
        "no network of its own: live capture is tested by root, with the program ip"
    );
    println!("SKIPPED: no network of its own: live capture is tested by root, with the program ip");
    false
}

fn make_pair() -> bool {
    // Without IPv6 nothing is sent that a test does not send.
    let quiet = ["all", "default"]
        .map(|which| std::fs::write(format!("/proc/sys/net/ipv6/conf/{which}/disable_ipv6"), "1").is_ok());
    let _no_ipv6_is_quiet_too = quiet;
    ip("link add va type veth peer name vb") && ip("link set va up") && ip("link set vb up")
}

fn ip(arguments: &str) -> bool {
    Command::new("ip").args(arguments.split(' ')).status().is_ok_and(|status| status.success())
}

/// Runs a test in a thread that may have a network of its own.
fn in_network(test: impl FnOnce() + Send + 'static) {
    let thread = std::thread::spawn(|| {
        if network() {
            test();
        }
    });
    if let Err(panic) = thread.join() {
        std::panic::resume_unwind(panic);
    }
}

fn options(name: &str) -> LiveOptions {
    LiveOptions {
        interfaces: vec![Interface::Pcap(name.to_owned())],
        ring_bytes: 8 * 1024 * 1024,
        ..LiveOptions::default()
    }
}

fn opened(options: &LiveOptions) -> Box<dyn PacketSource> {
    live::open(options).expect("an interface").remove(0)
}

/// A sender on the other end.
fn sender() -> Capture<Active> {
    Capture::from_device("vb").unwrap().open().unwrap()
}

/// A broadcast frame of a number, `n` bytes long, as UDP to port 7 or 9.
fn frame(number: u32, n: usize) -> Vec<u8> {
    let mut bytes = vec![0xff; 6];
    bytes.extend([2, 0, 0, 0, 0, 1, 8, 0, 0x45, 0]);
    bytes.extend((n as u16 - 14).to_be_bytes());
    bytes.extend([0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2, 0, 7, 0]);
    bytes.push(if number.is_multiple_of(2) { 7 } else { 9 });
    bytes.extend((n as u16 - 34).to_be_bytes());
    bytes.extend([0, 0]);
    bytes.extend(number.to_be_bytes());
    bytes.resize(n, number as u8);
    bytes
}

/// Reads until so many packets came, or a while has passed; each call has to come back in time, and no packet may be earlier
/// than it was said that any could be.
fn read(source: &mut dyn PacketSource, count: usize) -> Vec<(PacketMeta, Vec<u8>)> {
    let (mut seen, mut batch, start) = (Vec::new(), Batch::default(), Instant::now());
    let mut frontier = Timestamp::ZERO;
    while seen.len() < count && start.elapsed() < Duration::from_secs(5) {
        let called = Instant::now();
        let filled = source.fill(&mut batch, 64).unwrap();
        assert!(called.elapsed() < Duration::from_millis(500), "{:?}", called.elapsed());
        for packet in &batch.packets {
            assert!(packet.ts >= frontier, "{:?} after {frontier:?}", packet.ts);
            seen.push((*packet, batch.bytes(packet).to_vec()));
        }
        assert!(batch.frontier >= frontier, "it goes back");
        frontier = batch.frontier;
        match filled {
            Filled::End => break,
            Filled::Packets => assert!(!batch.packets.is_empty()),
            Filled::Idle => assert!(batch.packets.is_empty()),
        }
    }
    seen
}

/// Reads until something happened to the interface.
fn events(source: &mut dyn PacketSource, count: usize) -> Vec<What> {
    let (mut events, mut batch, start) = (Vec::new(), Batch::default(), Instant::now());
    while events.len() < count && start.elapsed() < Duration::from_secs(5) {
        source.fill(&mut batch, 64).unwrap();
        events.extend(source.take_events().into_iter().map(|event| event.what));
    }
    events
}

#[test]
fn packets_come_whole_in_order_and_are_counted() {
    in_network(|| {
        let mut source = opened(&options("va"));
        let before = clock();
        let mut sender = sender();
        let sent: Vec<Vec<u8>> = (0..3000).map(|i| frame(i, 60 + i as usize * 7 % 1400)).collect();
        for frame in &sent {
            sender.sendpacket(frame.as_slice()).unwrap();
        }
        let seen = read(source.as_mut(), sent.len());
        let bytes: Vec<_> = seen.iter().map(|(_, bytes)| bytes).collect();
        assert!(bytes.iter().copied().eq(&sent), "{} of {} came", seen.len(), sent.len());
        for (packet, bytes) in &seen {
            assert_eq!((packet.link, packet.wire as usize), (LinkType(1), bytes.len()));
            assert!(packet.ts >= before && packet.ts <= clock(), "{:?}", packet.ts);
        }
        let nanoseconds = seen.iter().any(|(packet, _)| packet.ts.nanos() % 1000 != 0);
        assert!(nanoseconds, "times are cut");
        // The counters are looked at now and then.
        std::thread::sleep(LOOK_EVERY);
        assert_eq!(read(source.as_mut(), 0).len() + events(source.as_mut(), 0).len(), 0);
        let mut batch = Batch::default();
        let called = Instant::now();
        assert_eq!(source.fill(&mut batch, 64).unwrap(), Filled::Idle);
        assert!(called.elapsed() >= Duration::from_millis(20), "it does not wait");
        let age = clock() - batch.frontier;
        assert!(age >= LAG && age < Interval::from_secs(1), "{age:?}");
        let status = source.status().rings.remove(0);
        assert_eq!((status.seen, status.dropped, status.read), (3000, 0, 3000));
        assert_eq!((status.interface.as_str(), status.up, status.bytes), ("va", true, 8 << 20));
    });
}

#[test]
fn the_kernel_filters_and_the_filter_can_change() {
    in_network(|| {
        let mut options = options("va");
        options.filter = Some(Filter::compile("udp dst port 7").unwrap());
        let mut source = opened(&options);
        let mut sender = sender();
        let mut send = |range: std::ops::Range<u32>| {
            for i in range {
                sender.sendpacket(frame(i, 60)).unwrap();
            }
        };
        send(0..100);
        let seen = read(source.as_mut(), 50);
        assert!(seen.len() == 50 && seen.iter().all(|(_, bytes)| bytes[37] == 7), "{}", seen.len());
        source.set_filter(Some(&Filter::compile("udp dst port 9").unwrap())).unwrap();
        send(100..200);
        let seen = read(source.as_mut(), 50);
        assert!(seen.len() == 50 && seen.iter().all(|(_, bytes)| bytes[37] == 9), "{}", seen.len());
        source.set_filter(None).unwrap();
        send(200..300);
        assert_eq!(read(source.as_mut(), 100).len(), 100);
    });
}

#[test]
fn what_was_seen_before_the_end_is_given() {
    in_network(|| {
        let mut source = opened(&options("va"));
        let mut sender = sender();
        for i in 0..5000 {
            sender.sendpacket(frame(i, 1000)).unwrap();
        }
        source.stop();
        let seen = read(source.as_mut(), usize::MAX);
        assert_eq!(seen.len(), 5000);
        let mut batch = Batch::default();
        assert_eq!(source.fill(&mut batch, 64).unwrap(), Filled::End);
        assert!(batch.packets.is_empty());
        let status = source.status().rings.remove(0);
        assert_eq!((status.seen, status.dropped, status.read), (5000, 0, 5000));
    });
}

/// More than the buffer holds while nobody reads: what is read and what is dropped is all that there was.
#[test]
fn drops_are_counted() {
    in_network(|| {
        let mut options = options("va");
        options.ring_bytes = 1 << 20;
        let mut source = opened(&options);
        let mut sender = sender();
        for i in 0..5000 {
            sender.sendpacket(frame(i, 1400)).unwrap();
        }
        source.stop();
        let seen = read(source.as_mut(), usize::MAX).len() as u64;
        let status = source.status().rings.remove(0);
        assert_eq!(
            (status.read, status.read + status.dropped, status.seen),
            (seen, 5000, 5000),
            "{status:?}"
        );
        assert!(status.dropped > 1000 && seen > 100, "{status:?}");
    });
}

#[test]
fn an_interface_goes_down_vanishes_and_comes_back() {
    in_network(|| {
        let mut source = opened(&options("va"));
        assert_eq!(events(source.as_mut(), 0), []);
        assert!(ip("link set va down"));
        assert_eq!(events(source.as_mut(), 1), [What::Down]);
        assert!(!source.status().rings[0].up);
        let down = Instant::now();
        let mut batch = Batch::default();
        let calls = (0..20).map(|_| source.fill(&mut batch, 64).unwrap()).filter(|f| *f == Filled::Idle);
        assert_eq!(calls.count(), 20);
        assert!(down.elapsed() > Duration::from_millis(100), "it spins while the interface is down");
        assert!(ip("link set va up"));
        assert_eq!(events(source.as_mut(), 1), [What::Up]);
        let mut first = sender();
        for i in 0..10 {
            first.sendpacket(frame(i, 60)).unwrap();
        }
        assert_eq!(read(source.as_mut(), 10).len(), 10);
        assert!(ip("link del va"));
        assert_eq!(events(source.as_mut(), 1), [What::Gone]);
        assert!(clock() - batch.frontier < Interval::from_secs(30));
        assert!(make_pair());
        assert_eq!(events(source.as_mut(), 1), [What::Back]);
        let mut second = sender();
        for i in 0..20 {
            second.sendpacket(frame(i, 60)).unwrap();
        }
        assert_eq!(read(source.as_mut(), 20).len(), 20);
        // Made anew between two looks.
        assert!(ip("link del va") && make_pair());
        assert_eq!(events(source.as_mut(), 2), [What::Gone, What::Back]);
        let status = source.status().rings.remove(0);
        assert_eq!((status.read, status.dropped, status.up), (30, 0, true));
    });
}

/// The kernel mirrors what comes to an interface into a VXLAN tunnel: what is in it is what came.
#[test]
fn a_mirror_tunnel_of_the_kernel_is_opened() {
    in_network(|| {
        let commands = [
            "ip link add in0 type veth peer name in1",
            "ip link set in0 up",
            "ip link set in1 up",
            "ip link set va mtu 9000",
            "ip link set vb mtu 9000",
            "ip addr add 192.0.2.1/24 dev va",
            "ip neigh add 192.0.2.2 lladdr 02:00:00:00:00:02 dev va",
            "ip link add vx type vxlan id 5 remote 192.0.2.2 dstport 4789 dev va",
            "ip link set vx mtu 1500 up",
            "tc qdisc add dev in1 clsact",
            "tc filter add dev in1 ingress protocol all u32 match u32 0 0 action mirred egress mirror dev vx",
        ];
        for command in commands {
            let (program, arguments) = command.split_once(' ').unwrap();
            let status = Command::new(program).args(arguments.split(' ')).status();
            if !status.is_ok_and(|status| status.success()) {
                assert!(std::env::var("GANNET_LIVE").as_deref() != Ok("required"), "cannot: {command}");
                println!("SKIPPED: cannot: {command}");
                return;
            }
        }
        let mut source = opened(&options("vb"));
        let mut sender = Capture::from_device("in0").unwrap().open().unwrap();
        let sent: Vec<Vec<u8>> = (0..500).map(|i| frame(i, 60 + i as usize * 7 % 1400)).collect();
        for frame in &sent {
            sender.sendpacket(frame.as_slice()).unwrap();
        }
        let tunnels = ["vxlan@192.0.2.2".parse().unwrap()];
        let mut inside = Vec::new();
        for (packet, bytes) in read(source.as_mut(), sent.len()) {
            let mut packet = PacketMeta { at: 0, ..packet };
            crate::balance::decap::open_all(&tunnels, &bytes, std::slice::from_mut(&mut packet));
            let bytes = bytes[packet.at as usize..][..packet.captured as usize].to_vec();
            assert_eq!((packet.link, packet.wire), (LinkType(1), packet.captured));
            inside.push(bytes);
        }
        assert!(inside == sent, "{} of {} frames came", inside.len(), sent.len());
    });
}

/// Leaves each connection and weird as text.
struct ToText(Output<String>);

impl Subscriber for ToText {
    fn event(&mut self, _meta: &Meta<'_>, event: Event<'_>) {
        let conn = event.get::<Conn>().map(|conn| format!("{conn:?}"));
        let weird = event.get::<Weird>().map(|weird| format!("{weird:?}"));
        if let Some(text) = conn.or(weird) {
            self.0.leave(text);
        }
    }
}

/// Ends a run when so many packets were analysed, or after a while.
struct Until(u64, Instant, Vec<String>);

impl Edge<String> for Until {
    fn entry(&mut self, entry: Entry<String>) {
        self.2.push(entry.item);
    }

    fn tick(&mut self, report: &Report<'_>) -> Control {
        let packets: u64 = report.workers.iter().map(|worker| worker.stats.packets).sum();
        let over = packets >= self.0 || self.1.elapsed() > Duration::from_secs(20);
        if over { Control::Stop } else { Control::Continue }
    }
}

/// Real traffic, replayed onto the interface and recorded on the way: a replay of the recording says the same, times and
/// ids included.
#[test]
fn a_recording_of_a_live_run_gives_the_same_records() {
    in_network(|| {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata");
        let captures: Vec<_> = ["dns-bind", "http-nginx", "tcp-basics", "udp-icmp", "vlan"]
            .iter()
            .map(|name| folder.join(name).join("capture.pcap"))
            .collect();
        let mut there = 0;
        for capture in &captures {
            there += crate::capture::tests::drain(&mut Files::open(&[capture]).unwrap(), 64).len() as u64;
        }
        let path = std::env::temp_dir().join(format!("gannet-live-{}.pcapng", std::process::id()));
        let recorders = Recorder::each(live::open(&options("va")).unwrap(), &path).unwrap();
        let player = Command::new("tcpreplay").args(["-q", "-i", "vb", "--pps=2000"]).args(&captures).spawn();
        let Ok(mut player) = player else {
            assert!(std::env::var("GANNET_LIVE").as_deref() != Ok("required"), "tcpreplay is not here");
            println!("SKIPPED: tcpreplay is not here");
            return;
        };
        let config = || Config { uid_seed: 7, ..Config::default() };
        let mut edge = Until(there, Instant::now(), Vec::new());
        let summary = crate::run_live(config(), recorders, |_, output| ToText(output), &mut edge).unwrap();
        assert!(player.wait().unwrap().success());
        let mut again = Vec::new();
        let mut files = Files::open(&[&path]).unwrap();
        let keep = |entry: Entry<String>| again.push(entry.item);
        let replay =
            crate::run(config(), &mut files, |_, output| ToText(output), keep, |_| Control::Continue)
                .unwrap();
        std::fs::remove_file(&path).unwrap();
        assert_eq!((summary.stats.packets, replay.stats.packets), (there, there));
        let mut first = edge.2;
        // When a connection is seen to be over depends on whether the clock goes on without packets.
        first.sort_unstable();
        again.sort_unstable();
        assert!(first.len() > 100, "{}", first.len());
        for (live, replayed) in first.iter().zip(&again) {
            assert_eq!(live, replayed);
        }
        assert_eq!(first.len(), again.len());
    });
}

#[test]
fn what_cannot_be_opened_says_why() {
    let fails = |options: &LiveOptions| live::open(options).err().expect("an error").to_string();
    let mut two = options("va");
    two.workers = 2;
    assert_eq!(
        fails(&two),
        "interface va: libpcap gives all packets to one reader, so that 2 workers cannot share them: use one worker, \
         or leave out \"pcap:\""
    );
    let mut pair = options("va");
    pair.interfaces.push(Interface::Ring("vb".to_owned()));
    assert_eq!(
        fails(&pair),
        "interface va, vb: libpcap reads one interface only: leave out \"pcap:\", or read one of them"
    );
    let missing = fails(&options("nowhere0"));
    assert!(missing.starts_with("interface nowhere0: "), "{missing}");
}

/// libpcap says it in words, which differ from version to version.
#[test]
fn who_can_mend_it_does_not_hang_on_libpcaps_words() {
    let why = |name: &str| match live::open(&options(name)).err().expect("an error") {
        SourceError::Interface { why, .. } => why,
        other => panic!("{other}"),
    };
    in_network(move || {
        assert!(matches!(why("nowhere0"), Refusal::Request(_)), "{}", why("nowhere0"));
        assert!(matches!(why("a\0b"), Refusal::Request(_)), "{}", why("a\0b"));
        let (mut capture, _) = activate("va", &options("va")).expect("an interface");
        for expression in ["no such words", "wlan type data"] {
            let refused = set_filter(&mut capture, expression).expect_err(expression);
            assert!(
                matches!(&refused, Refusal::Filter(error) if error.expression == expression),
                "{refused}"
            );
        }
        set_filter(&mut capture, "udp").expect("a filter");
        // SAFETY: takes integers only, and changes this thread's effective user alone.
        let changed = unsafe { libc::syscall(libc::SYS_setresuid, -1, 65_534, -1) };
        assert_eq!(changed, 0);
        let refused = why("va");
        assert!(matches!(refused, Refusal::Permission { .. }) && refused.blame() == Blame::User, "{refused}");
        assert!(refused.to_string().contains("CAP_NET_RAW"), "{refused}");
    });
}
