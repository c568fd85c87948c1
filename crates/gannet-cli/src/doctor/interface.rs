//! One interface: its link, its card, what it has lost already.

use std::io;

use gannet::capture::live::Adapter;

use super::finding::{Finding, State};
use super::system::System;
use crate::human::{count, some};

/// Flags of an interface (`linux/if.h`).
const UP: u32 = 1;
const PROMISCUOUS: u32 = 0x100;
/// Kinds of hardware (`linux/if_arp.h`): the loopback one.
const LOOPBACK: i64 = 772;
/// The longest packets that a network has at least.
const MTU: i64 = 1500;
/// Counters of what was lost before a capture could see it (`linux/if_link.h`), and what each says.
const LOSSES: [(&str, &str); 4] = [
    ("rx_missed_errors", "no room in the card"),
    ("rx_fifo_errors", "the card's queue was full"),
    ("rx_over_errors", "longer than a buffer"),
    ("rx_crc_errors", "damaged on the wire"),
];

/// All interfaces but the loopback one; those that are up, if any is.
pub(super) fn names(system: &System) -> Vec<String> {
    let all = others(system);
    let is_up =
        |name: &&String| One { system, name: name.as_str() }.flags().is_some_and(|flags| flags & UP != 0);
    let up: Vec<String> = all.iter().filter(is_up).cloned().collect();
    if up.is_empty() { all } else { up }
}

/// All interfaces but the loopback one.
fn others(system: &System) -> Vec<String> {
    let is_other = |name: &String| system.number(&format!("sys/class/net/{name}/type")) != Some(LOOPBACK);
    let names = system.names("sys/class/net").into_iter();
    // Among them is a file of bonds.
    names.filter(|name| system.exists(&format!("sys/class/net/{name}/ifindex"))).filter(is_other).collect()
}

/// All that is to be said of an interface.
pub(super) fn findings(system: &System, name: &str, adapter: io::Result<Adapter>) -> Vec<Finding> {
    let one = One { system, name };
    let Some(flags) = one.flags() else {
        let others = others(system).join(", ");
        let found = if others.is_empty() {
            "no such interface".into()
        } else {
            format!("no such interface; there are {others}")
        };
        return vec![Finding::new(name, "interface", State::Mend, found)];
    };
    let mut findings = vec![one.link(flags), one.promiscuous(flags)];
    findings.extend([one.mtu(), one.node(), one.captures()].into_iter().flatten());
    findings.extend(one.losses());
    match adapter {
        Ok(adapter) => findings.extend(one.card(&adapter)),
        Err(error) => {
            let found = format!("cannot be asked: {error}");
            findings.push(Finding::new(name, "card", State::Unknown, found));
        }
    }
    findings
}

/// An interface by name.
struct One<'s> {
    system: &'s System,
    name: &'s str,
}

impl One<'_> {
    fn text(&self, file: &str) -> Option<String> {
        // A name with a slash would be a way out of the folder.
        let name = Some(self.name).filter(|name| !name.contains('/') && *name != "..")?;
        self.system.text(&format!("sys/class/net/{name}/{file}"))
    }

    fn number(&self, file: &str) -> Option<i64> {
        self.text(file)?.parse().ok()
    }

    fn flags(&self) -> Option<u32> {
        u32::from_str_radix(self.text("flags")?.trim_start_matches("0x"), 16).ok()
    }

    fn judged(&self, what: &'static str, good: bool, bad: State, found: String) -> Finding {
        Finding::judged(self.name, what, good, bad, found)
    }

    fn link(&self, flags: u32) -> Finding {
        let name = self.name;
        if flags & UP == 0 {
            let mend = format!("ip link set {name} up");
            return self
                .judged("link", false, State::Mend, "down".into())
                .because("A capture sees nothing.", mend);
        }
        // An interface that is down has none, and some have none ever.
        let carrier = self.number("carrier") != Some(0);
        let speed = self.number("speed").filter(|speed| *speed > 0);
        let found = match speed {
            _ if !carrier => "up, no carrier".to_owned(),
            Some(speed) => format!("up, {speed} Mbit/s"),
            None => "up".to_owned(),
        };
        let why = "Nothing arrives: look at the cable, the switch's port and its mirror session.";
        self.judged("link", carrier, State::Mend, found).because(why, None)
    }

    fn promiscuous(&self, flags: u32) -> Finding {
        let found =
            if flags & PROMISCUOUS == 0 { "off: Gannet asks for it as long as it runs" } else { "on" };
        Finding::new(self.name, "promiscuous", State::Good, found.to_owned())
    }

    fn mtu(&self) -> Option<Finding> {
        let mtu = self.number("mtu")?;
        let why = "Longer packets than this are not received.";
        let mend = format!("ip link set {} mtu {MTU}", self.name);
        Some(self.judged("mtu", mtu >= MTU, State::Mend, mtu.to_string()).because(why, mend))
    }

    fn node(&self) -> Option<Finding> {
        let node = self.number("device/numa_node").filter(|node| *node >= 0)?;
        let others = self.system.exists("sys/devices/system/node/node1");
        let cpus =
            self.system.text(&format!("sys/devices/system/node/node{node}/cpulist")).unwrap_or_default();
        let why = "Workers belong on the processors of the card's node.";
        let mend = format!("gannet -i {} --cpus {cpus}", self.name);
        let found = format!("{node}, with the processors {cpus}");
        Some(self.judged("memory node", !others, State::Look, found).because(why, mend))
    }

    /// Other programs that capture here (`/proc/net/packet`: a socket a line, with the interface's number in the fifth column).
    fn captures(&self) -> Option<Finding> {
        let index = self.text("ifindex")?;
        let sockets = self.system.text("proc/net/packet")?;
        let is_here = |line: &&str| line.split_ascii_whitespace().nth(4) == Some(&index);
        let here = sockets.lines().skip(1).filter(is_here).count();
        let why = "Each capture costs the kernel a copy of all packets.";
        let mend = "ss -0pb".to_owned();
        let found =
            if here == 0 { "none".to_owned() } else { some(here as u64, "packet socket", "packet sockets") };
        Some(self.judged("other captures", here == 0, State::Look, found).because(why, mend))
    }

    fn losses(&self) -> Vec<Finding> {
        let of = |(file, what): &(&str, &str)| {
            let lost = self.number(&format!("statistics/{file}"))? as u64;
            (lost > 0).then(|| format!("{} {what}", count(lost)))
        };
        let lost: Vec<String> = LOSSES.iter().filter_map(of).collect();
        let found = if lost.is_empty() {
            "none".to_owned()
        } else {
            format!("{}, since it came up", lost.join(", "))
        };
        let why = "These packets were gone before any program could see them.";
        let mend = format!("watch -d ethtool -S {}", self.name);
        vec![self.judged("lost by the card", lost.is_empty(), State::Look, found).because(why, mend)]
    }

    /// What the card does with packets, and how many it can keep.
    fn card(&self, card: &Adapter) -> Vec<Finding> {
        let receive = [("gro", card.generic_receive), ("lro", card.large_receive)];
        let send =
            [("tso", card.segmentation), ("gso", card.generic_segmentation), ("tx", card.transmit_checksum)];
        let found = [
            self.offload("receive offload", State::Mend, &receive, "Packets are put together before a capture sees them: lengths, times and flags are not those of the wire."),
            self.offload("send offload", State::Look, &send, "What this host itself sends is seen before it is cut and its checksums are made. It does not matter for a mirror's port."),
        ];
        found.into_iter().chain([self.ring(card), self.queues(card)]).flatten().collect()
    }

    fn offload(
        &self,
        what: &'static str,
        bad: State,
        parts: &[(&str, Option<bool>)],
        why: &'static str,
    ) -> Option<Finding> {
        let told = parts.iter().filter(|(_, state)| state.is_some()).count();
        let on: Vec<&str> =
            parts.iter().filter(|(_, state)| *state == Some(true)).map(|(part, _)| *part).collect();
        let found = if on.is_empty() { "off".to_owned() } else { format!("on: {}", on.join(", ")) };
        let mend = format!("ethtool -K {} {} off", self.name, on.join(" off "));
        (told > 0).then(|| self.judged(what, on.is_empty(), bad, found).because(why, mend))
    }

    fn ring(&self, card: &Adapter) -> Option<Finding> {
        let (now, most) = card.receive_ring?;
        let why = "The card keeps so few packets while the processor is busy; what comes then is lost.";
        let mend = format!("ethtool -G {} rx {most}", self.name);
        Some(
            self.judged("card's ring", now >= most, State::Mend, format!("{now} of {most}"))
                .because(why, mend),
        )
    }

    fn queues(&self, card: &Adapter) -> Option<Finding> {
        let (now, most) = card.queues?;
        let why = "The two directions of a connection may arrive in different queues, and out of order. Gannet spreads packets by itself.";
        let mend = format!(
            "ethtool -L {} combined 1, or a symmetric hash if one processor is not enough",
            self.name
        );
        Some(
            self.judged("card's queues", now <= 1, State::Look, format!("{now} of {most}"))
                .because(why, mend),
        )
    }
}
