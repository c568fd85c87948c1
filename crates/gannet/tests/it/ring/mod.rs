//! Live capture from a real kernel: cables between network namespaces, real senders, and what the rings make of it.

mod balance;
mod interfaces;
mod net;

use std::io::Read;
use std::net::{Ipv4Addr, TcpListener, UdpSocket};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use gannet::Timestamp;
use gannet::capture::live::{LiveOptions, open};
use gannet::capture::{Batch, Blame, Filled, Filter, PacketFlags};

use crate::support::packets::{udp_frame, v4};
use net::{Capture, Peer, Sniffer, alone, options, run};

/// Frames with UDP datagrams between one pair, numbered in their payload.
fn numbered(count: u32, port: u16) -> Vec<Vec<u8>> {
    let frame = |number: u32| {
        let payload = [number.to_be_bytes().as_slice(), &vec![7; number as usize % 900]].concat();
        udp_frame((v4(0x0a00_0001), 9), (v4(0x0a00_0002), port), &payload)
    };
    (0..count).map(frame).collect()
}

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    Timestamp::from_nanos(since.as_nanos() as i64)
}

#[test]
fn nothing_is_lost_or_changed() {
    alone(|| {
        let peer = Peer::new();
        peer.cable("near", "far");
        let frames = numbered(30_000, 80);
        let capture = Capture::new(&frames);
        let before = now();
        let sniffer = Sniffer::start(&options(&["near"]));
        peer.run(&capture.replay("far", "--topspeed"));
        let catch = sniffer.finish_one();
        let after = now();
        assert_eq!(catch.packets.len(), frames.len());
        for (taken, frame) in catch.packets.iter().zip(&frames) {
            assert_eq!(&taken.bytes, frame);
            assert_eq!(taken.meta.wire as usize, frame.len());
            assert!(taken.meta.ts >= before && taken.meta.ts <= after);
            assert_eq!((taken.meta.link.0, taken.meta.interface), (1, 0));
        }
        assert!(catch.packets.is_sorted_by_key(|taken| taken.meta.ts));
        let ring = &catch.rings[0];
        assert_eq!((ring.interface.as_str(), ring.dropped, ring.up), ("near", 0, true));
        assert_eq!(ring.link, Some(frames.len() as u64));
        assert_eq!(ring.bytes, 8 << 20);
    });
}

#[test]
fn an_idle_source_says_so_and_its_clock_goes_on() {
    alone(|| {
        let peer = Peer::new();
        peer.cable("near", "far");
        let mut source = open(&options(&["near"])).unwrap().swap_remove(0);
        let mut batch = Batch::default();
        for _ in 0..5 {
            let start = Instant::now();
            assert_eq!(source.fill(&mut batch, 10).unwrap(), Filled::Idle);
            assert!(start.elapsed() < Duration::from_millis(100), "{:?}", start.elapsed());
            let behind = now() - batch.frontier;
            assert!((0..150_000_000).contains(&behind.nanos()), "{behind:?}");
        }
        peer.run("ip addr add 10.9.0.2/24 dev far; ip neigh add 10.9.0.1 lladdr 2:0:0:0:0:1 dev far");
        peer.run("ping -q -c 1 -W 0.01 10.9.0.1 || true");
        let start = Instant::now();
        while source.fill(&mut batch, 10).unwrap() == Filled::Idle {
            assert!(start.elapsed() < Duration::from_secs(1), "a packet alone comes out soon");
        }
        // A packet that comes right before the end comes out too.
        peer.run("ping -q -c 1 -W 0.01 10.9.0.1 || true");
        source.stop();
        peer.run("ping -q -c 1 -W 0.01 10.9.0.1 || true");
        let mut packets = 0;
        while source.fill(&mut batch, 10).unwrap() != Filled::End {
            packets += batch.packets.len();
        }
        assert_eq!(packets, 1, "one before the end and none behind it");
        assert_eq!(source.fill(&mut batch, 10).unwrap(), Filled::End);
    });
}

#[test]
fn vlan_tags_are_back_in_the_packets() {
    alone(|| {
        let peer = Peer::new();
        peer.cable("near", "far");
        let plain = numbered(300, 80);
        let tags: [&[u8]; 4] =
            [&[], &[0x81, 0, 0x60, 7], &[0x88, 0xa8, 0, 9, 0x81, 0, 0, 3], &[0x81, 0, 0, 1, 0x81, 0, 0, 2]];
        let frames: Vec<Vec<u8>> = plain
            .iter()
            .enumerate()
            .map(|(number, frame)| [&frame[..12], tags[number % 4], &frame[12..]].concat())
            .collect();
        let capture = Capture::new(&frames);
        let sniffer = Sniffer::start(&options(&["near"]));
        // The kernel takes the outermost tag out of what comes in, and leaves what a packet socket sends as it is.
        peer.run(&capture.replay("far", "--topspeed"));
        run(&capture.replay("near", "--topspeed"));
        let catch = sniffer.finish_one();
        assert_eq!(catch.packets.len(), 2 * frames.len());
        for (taken, frame) in catch.packets.iter().zip(frames.iter().chain(&frames)) {
            assert_eq!(&taken.bytes, frame);
            assert_eq!(taken.meta.wire as usize, frame.len());
        }
    });
}

#[test]
fn vlan_interfaces_show_their_tags_below() {
    alone(|| {
        if !std::path::Path::new("/proc/net/vlan").exists() {
            println!("SKIPPED: this kernel has no VLAN interfaces (or their module is not loaded)");
            return;
        }
        let peer = Peer::new();
        peer.cable("near", "far");
        let add = |end: &str, host: u8| {
            format!(
                "ip link add link {end} name {end}.7 type vlan id 7; ip link set {end}.7 up; \
                 ip addr add 10.7.0.{host}/24 dev {end}.7"
            )
        };
        run(&add("near", 1));
        peer.run(&add("far", 2));
        let sniffer = Sniffer::start(&options(&["near"]));
        run("ping -q -c 3 -i 0.01 10.7.0.2");
        let packets = sniffer.finish_one().packets;
        assert!(packets.iter().all(|taken| taken.bytes[12..16] == [0x81, 0, 0, 7]));
        let pings = packets.iter().filter(|taken| taken.bytes[16..19] == [8, 0, 0x45]).count();
        assert_eq!(pings, 6, "requests go out, answers come in");
    });
}

/// Linux calls it "BIG TCP": one packet for many segments, longer than its own length field can say.
#[test]
fn packets_longer_than_64_kib_come_whole() {
    alone(|| {
        if std::process::Command::new("socat").arg("-V").output().is_err() {
            println!("SKIPPED: there is no `socat`, which sends");
            return;
        }
        const BYTES: usize = 4_000_000;
        const TRIES: usize = 20;
        let peer = Peer::new();
        peer.cable("near", "far");
        let set = |end: &str, host: u8| {
            format!(
                "echo 0 > /proc/sys/net/ipv6/conf/{end}/disable_ipv6; ip link set {end} mtu 9000 gso_max_size 180000 gro_max_size 180000; \
                 ip addr add fd00::{host}/64 dev {end} nodad"
            )
        };
        run(&set("near", 1));
        peer.run(&set("far", 2));
        let listener = TcpListener::bind("[::]:5001").unwrap();
        // How much goes into one packet is for the kernel to say, by what the receiver takes: a busy machine needs more tries.
        let long = (0..TRIES).find_map(|_| {
            let sniffer = Sniffer::start(&options(&["near"]));
            let receive = || {
                let mut bytes = Vec::new();
                listener.accept().unwrap().0.read_to_end(&mut bytes).unwrap();
                bytes.len()
            };
            let received = std::thread::scope(|scope| {
                let receiver = scope.spawn(receive);
                peer.run(&format!("head -c {BYTES} /dev/zero | socat -b 1000000 -u - TCP6:[fd00::1]:5001"));
                receiver.join().unwrap()
            });
            assert_eq!(received, BYTES);
            let mut packets = sniffer.finish_one().packets;
            packets.retain(|taken| taken.bytes.len() > 70_000);
            (!packets.is_empty()).then_some(packets)
        });
        let long = long.expect("the kernel makes none here");
        for taken in long {
            assert_eq!(taken.bytes.len(), taken.meta.wire as usize);
            assert!(taken.meta.flags.has(PacketFlags::SEGMENTATION_OFFLOADED), "{:?}", taken.meta);
        }
    });
}

#[test]
fn an_interface_without_link_headers_gives_ip_packets() {
    alone(|| {
        if std::process::Command::new("socat").arg("-V").output().is_err() {
            println!("SKIPPED: there is no `socat`, which makes a tunnel interface");
            return;
        }
        let mut tunnel = std::process::Command::new("setpriv")
            .args(["--pdeathsig", "KILL", "socat", "-u", "TUN:10.3.0.1/24,tun-name=tube,iff-no-pi,up"])
            .arg("OPEN:/dev/null,wronly")
            .spawn()
            .unwrap();
        while !run("ip addr show").contains("10.3.0.1") {}
        for workers in [1, 2] {
            let mut options = options(&["tube"]);
            options.workers = workers;
            let sniffer = Sniffer::start(&options);
            let socket = UdpSocket::bind("10.3.0.1:0").unwrap();
            for host in 2..102_u8 {
                socket.send_to(&[host; 100], (Ipv4Addr::new(10, 3, 0, host), 4000)).unwrap();
            }
            let catches = sniffer.finish();
            let all: Vec<_> = catches.iter().flat_map(|catch| &catch.packets).collect();
            assert_eq!(all.len(), 100);
            assert!(all.iter().all(|taken| taken.meta.link.0 == 12 && taken.bytes.len() == 128));
            assert!(all.iter().all(|taken| taken.bytes.starts_with(&[0x45])));
            assert!(catches.iter().all(|catch| catch.packets.len() > 20), "they are spread");
        }
        tunnel.kill().unwrap();
        tunnel.wait().unwrap();
    });
}

#[test]
fn the_kernel_filters_and_takes_another_filter() {
    alone(|| {
        let peer = Peer::new();
        peer.cable("near", "far");
        let frames = [numbered(500, 1111), numbered(300, 2222)].concat();
        let mut tagged = frames[0].clone();
        tagged.splice(12..12, [0x81, 0, 0, 7]);
        let all = Capture::new(&[frames, vec![tagged]].concat());
        let mut options = options(&["near"]);
        options.filter = Some(Filter::compile("udp port 1111").unwrap());
        let sniffer = Sniffer::start(&options);
        let seen = || sniffer.each(|source, _| source.status().rings[0].seen)[0];
        let mut expected = 0;
        for (filter, passed) in [
            (None, 501),
            (Some("udp port 2222"), 300),
            (Some("tcp"), 0),
            (Some("vlan"), 1),
            (Some("vlan and udp port 2222"), 1),
            (Some(""), 801),
            (Some("udp port 2222"), 300),
        ] {
            if let Some(filter) = filter {
                let filter = (!filter.is_empty()).then(|| Filter::compile(filter).unwrap());
                sniffer.each(move |source, _| source.set_filter(filter.as_ref()).unwrap());
            }
            peer.run(&all.replay("far", "--topspeed"));
            expected += passed;
            assert_eq!(
                seen(),
                expected,
                "{filter:?}; where it names tags, packets that had one pass, for the engine to filter"
            );
        }
        assert_eq!(sniffer.finish_one().packets.len() as u64, expected);
    });
}

#[test]
fn every_drop_is_counted() {
    alone(|| {
        let peer = Peer::new();
        peer.cable("near", "far");
        let frames = numbered(20_000, 80);
        let capture = Capture::new(&frames);
        let mut options = options(&["near"]);
        options.ring_bytes = 1;
        let sniffer = Sniffer::start(&options);
        let replay = peer.there(&capture.replay("far", "--topspeed"));
        // Nothing is read while the packets come.
        sniffer.each(move |_, _| run(&replay));
        let catch = sniffer.finish_one();
        let ring = &catch.rings[0];
        assert_eq!(ring.seen, frames.len() as u64);
        assert!(ring.dropped > 15_000, "{ring:?}");
        assert_eq!(ring.bytes, 256 * 1024, "a ring has two blocks at least");
        assert_eq!(ring.read, catch.packets.len() as u64);
        // What was read is what came first, as it was sent.
        let first: Vec<_> = catch.packets.iter().take(100).map(|taken| taken.bytes.clone()).collect();
        assert_eq!(first, frames[..100]);
    });
}

#[test]
fn a_block_in_use_is_not_written_over() {
    alone(|| {
        let peer = Peer::new();
        peer.cable("near", "far");
        let frames = numbered(5000, 80);
        let capture = Capture::new(&frames);
        let mut options = options(&["near"]);
        options.ring_bytes = 1;
        let mut source = open(&options).unwrap().swap_remove(0);
        let mut kept = Batch::default();
        peer.run(&capture.replay("far", "--topspeed"));
        assert_eq!(source.fill(&mut kept, 50).unwrap(), Filled::Packets);
        let mut batch = Batch::default();
        while source.fill(&mut batch, 1000).unwrap() == Filled::Packets {}
        // The kernel goes round with other packets and comes to the block that is still held.
        let other = Capture::new(&numbered(5000, 99));
        for _ in 0..3 {
            peer.run(&other.replay("far", "--topspeed"));
            while source.fill(&mut batch, 1000).unwrap() == Filled::Packets {}
        }
        source.stop();
        while source.fill(&mut batch, 1000).unwrap() != Filled::End {}
        let ring = source.status().rings.swap_remove(0);
        assert_eq!((ring.seen, ring.dropped + ring.read), (20_000, 20_000), "{ring:?}");
        // Even behind the end of its source.
        drop(source);
        for (packet, frame) in kept.packets.iter().zip(&frames) {
            assert_eq!(kept.bytes(packet), frame);
        }
    });
}

#[test]
fn offloaded_checksums_are_told() {
    alone(|| {
        let peer = Peer::new();
        peer.cable("near", "far");
        run("ip addr add 10.9.0.1/24 dev near");
        peer.run("ip addr add 10.9.0.2/24 dev far");
        let sniffer = Sniffer::start(&options(&["near"]));
        let socket = UdpSocket::bind("10.9.0.1:0").unwrap();
        let send = |count| {
            for _ in 0..count {
                socket.send_to(&[1; 100], "10.9.0.2:4000").unwrap();
            }
        };
        send(3);
        run("ethtool -K near tx off");
        send(4);
        let catch = sniffer.finish_one();
        let of =
            |port: [u8; 2]| catch.packets.iter().filter(move |taken| taken.bytes.get(36..38) == Some(&port));
        let (mut left, mut done) = (0, 0);
        for taken in of(4000_u16.to_be_bytes()) {
            match taken.meta.flags.has(PacketFlags::CHECKSUM_NOT_READY) {
                true => left += 1,
                false => done += 1,
            }
        }
        assert_eq!((left, done), (3, 4));
    });
}

#[test]
fn the_loopback_shows_each_packet_once() {
    alone(|| {
        for workers in [1, 2] {
            let mut options = options(&["lo"]);
            options.workers = workers;
            let sniffer = Sniffer::start(&options);
            let to = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
            let from = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
            for number in 0..100_u8 {
                from.send_to(&[number; 50], to.local_addr().unwrap()).unwrap();
            }
            let catches = sniffer.finish();
            let packets: Vec<u8> =
                catches.iter().flat_map(|catch| &catch.packets).map(|taken| taken.bytes[60]).collect();
            assert_eq!(packets, (0..100).collect::<Vec<_>>(), "{workers} workers");
        }
    });
}

#[test]
fn errors_say_what_is_wrong() {
    alone(|| {
        let error = |name: &str| open(&options(&[name])).err().unwrap().to_string();
        assert_eq!(error("nothere"), "interface nothere: there is no interface of that name");
        for name in ["sixteen-letters!", "a/b", "a\0b"] {
            assert!(error(name).ends_with("there can be no interface of that name"), "{name}");
        }
        let mut huge = options(&["lo"]);
        huge.ring_bytes = 1 << 44;
        let text = open(&huge).err().unwrap().to_string();
        assert!(text.starts_with("interface lo: no ring: "), "{text}");
        let blame = |options: &LiveOptions| open(options).err().unwrap().blame();
        assert_eq!((blame(&options(&["nothere"])), blame(&huge)), (Blame::User, Blame::System));
    });
}
