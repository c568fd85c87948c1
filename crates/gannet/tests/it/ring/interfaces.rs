//! Interfaces that come and go, and several that are read as one.

use std::collections::HashSet;

use super::net::{Capture, Peer, Sniffer, alone, options, run};
use super::numbered;
use crate::support::packets::{udp_frame, v4};

/// Frames of many pairs, each with the number of its pair at the end.
fn pairs(count: u32) -> Vec<Vec<u8>> {
    let frame = |number: u32| {
        let payload = [[9; 40].as_slice(), &number.to_be_bytes()].concat();
        udp_frame((v4(0x0a00_0000 + number), 9), (v4(0xc0a8_0001), 80), &payload)
    };
    (0..count).map(frame).collect()
}

#[test]
fn an_interface_may_go_down_and_come_up() {
    alone(|| {
        let peer = Peer::new();
        peer.cable("near", "far");
        let capture = Capture::new(&pairs(500));
        let mut options = options(&["near"]);
        options.workers = 3;
        let sniffer = Sniffer::start(&options);
        peer.run(&capture.replay("far", "--topspeed"));
        run("ip link set near down");
        let down = "interface near is down: waiting for it to come up";
        sniffer.expect_events(&[down]);
        assert!(sniffer.each(|source, _| source.status().rings[0].up).iter().all(|up| !up));
        run("ip link set near up");
        let up = "interface near is up";
        sniffer.expect_events(&[down, up]);
        peer.run(&capture.replay("far", "--topspeed"));
        // Down and up between two looks.
        run("ip link set near down; ip link set near up");
        sniffer.expect_events(&[down, up, down, up]);
        peer.run(&capture.replay("far", "--topspeed"));
        let catches = sniffer.finish();
        same_places(&catches.iter().map(|catch| &catch.packets[..]).collect::<Vec<_>>(), 500, 3);
    });
}

#[test]
fn an_interface_that_is_down_at_the_start_is_waited_for() {
    alone(|| {
        let peer = Peer::new();
        peer.cable("near", "far");
        run("ip link set near down");
        let sniffer = Sniffer::start(&options(&["near"]));
        let down = "interface near is down: waiting for it to come up";
        sniffer.expect_events(&[down]);
        run("ip link set near up");
        sniffer.expect_events(&[down, "interface near is up"]);
        peer.run(&Capture::new(&numbered(10, 80)).replay("far", "--topspeed"));
        assert_eq!(sniffer.finish_one().packets.len(), 10);
    });
}

/// Each worker has seen its pairs so often, and no others.
fn same_places(catches: &[&[super::net::Taken]], pairs: usize, times: usize) {
    let mut all = HashSet::new();
    for packets in catches {
        let mut seen = std::collections::HashMap::new();
        for taken in *packets {
            *seen.entry(taken.bytes.last_chunk::<4>().copied().unwrap()).or_insert(0) += 1;
        }
        assert!(seen.len() > pairs / catches.len() / 2, "{}", seen.len());
        assert!(seen.values().all(|count| *count == times), "a pair has moved, or was lost");
        all.extend(seen.into_keys());
    }
    assert_eq!(all.len(), pairs);
}

#[test]
fn an_interface_may_be_deleted_and_made_again() {
    alone(|| {
        let peer = Peer::new();
        peer.cable("near", "far");
        let capture = Capture::new(&pairs(500));
        let mut options = options(&["near"]);
        options.workers = 3;
        let sniffer = Sniffer::start(&options);
        peer.run(&capture.replay("far", "--topspeed"));
        // The interface's own count goes with it.
        assert_eq!(sniffer.each(|source, _| source.status().rings[0].link)[0], Some(500));
        // What is in the rings by now is still given.
        run("ip link del near");
        let gone = "interface near is gone: waiting for one of that name";
        wait_for(&sniffer, gone);
        assert!(!sniffer.each(|source, _| source.status().rings[0].up)[0]);
        for _ in 0..2 {
            peer.cable("near", "far");
            wait_for(&sniffer, "interface near is back and is read again");
            peer.run(&capture.replay("far", "--topspeed"));
            let status = sniffer.each(|source, _| source.status().rings.swap_remove(0));
            assert!(status.iter().all(|ring| ring.up));
            assert!(status[0].link >= Some(1000), "{:?}", status[0].link);
            run("ip link del near");
            wait_for(&sniffer, gone);
        }
        let catches = sniffer.finish();
        assert!(catches.iter().all(|catch| catch.rings[0].dropped == 0));
        same_places(&catches.iter().map(|catch| &catch.packets[..]).collect::<Vec<_>>(), 500, 3);
    });
}

/// Waits until that is the first worker's last event, and forgets all of them.
fn wait_for(sniffer: &Sniffer, event: &str) {
    let start = std::time::Instant::now();
    loop {
        let last = sniffer.each(|_, events| events.last().map(ToString::to_string));
        assert!(last[1..].iter().all(Option::is_none), "one worker speaks for all");
        if last[0].as_deref() == Some(event) {
            break;
        }
        assert!(start.elapsed().as_secs() < 10, "{last:?} and not {event}");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    sniffer.each(|_, events| events.clear());
}

#[test]
fn two_interfaces_are_one_in_the_order_of_time() {
    alone(|| {
        let peer = Peer::new();
        peer.cable("one", "far1");
        peer.cable("two", "far2");
        let frames = numbered(3000, 80);
        let capture = Capture::new(&frames);
        for workers in [1, 2] {
            let mut options = options(&["one", "two"]);
            options.workers = workers;
            let sniffer = Sniffer::start(&options);
            let [first, second] = ["far1", "far2"].map(|far| capture.replay(far, "--pps=3000"));
            peer.run(&format!("{first} & {second}; wait"));
            let mut seen = [0, 0];
            let mut turns = 0;
            for catch in sniffer.finish() {
                assert!(catch.packets.is_sorted_by_key(|taken| taken.meta.ts));
                let mut last = 0;
                for taken in &catch.packets {
                    let interface = usize::from(taken.meta.interface);
                    assert_eq!(taken.bytes, frames[seen[interface]], "in order on each of them");
                    seen[interface] += 1;
                    turns += usize::from(interface != last);
                    last = interface;
                }
                let names: Vec<&str> = catch.rings.iter().map(|ring| ring.interface.as_str()).collect();
                assert_eq!(names, ["one", "two"]);
            }
            assert_eq!(seen, [frames.len(); 2]);
            assert!(turns > 500, "{turns}: they take turns");
        }
    });
}

#[test]
fn a_silent_interface_holds_the_other_one_up_for_a_moment_only() {
    alone(|| {
        let peer = Peer::new();
        peer.cable("one", "far1");
        peer.cable("two", "far2");
        let capture = Capture::new(&numbered(10, 80));
        let sniffer = Sniffer::start(&options(&["one", "two"]));
        peer.run(&capture.replay("far1", "--topspeed"));
        let start = std::time::Instant::now();
        while sniffer.each(|source, _| source.status().rings[0].read)[0] < 10 {
            assert!(start.elapsed().as_millis() < 500);
        }
        assert_eq!(sniffer.finish_one().packets.len(), 10);
    });
}

#[test]
fn a_card_without_timestamps_is_told_and_read() {
    alone(|| {
        let peer = Peer::new();
        peer.cable("near", "far");
        let capture = Capture::new(&numbered(10, 80));
        let mut options = options(&["near"]);
        options.hardware_time = true;
        let sniffer = Sniffer::start(&options);
        peer.run(&capture.replay("far", "--topspeed"));
        let catch = sniffer.finish_one();
        let events: Vec<String> = catch.events.iter().map(ToString::to_string).collect();
        assert_eq!(events.len(), 1, "{events:?}");
        assert!(events[0].starts_with("interface near: no timestamps of its own"), "{events:?}");
        assert_eq!(catch.packets.len(), 10);
        assert!(catch.packets.iter().all(|taken| taken.meta.ts.seconds() > 1_700_000_000));
    });
}
