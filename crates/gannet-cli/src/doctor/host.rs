//! The host: its kernel, what this process may do, its clock, its processors.

use super::finding::{Finding, State};
use super::system::System;
use crate::human::bytes;

/// The first kernel that has all that capture asks of it: groups of sockets with an id of their own.
const KERNEL: (u32, u32) = (4, 12);
/// Capabilities by their bits (`linux/capability.h`).
const NET_ADMIN: u32 = 12;
const NET_RAW: u32 = 13;
/// Memory that the process may take by itself, and what it should find beside it.
const MEMORY: u64 = 3 << 30;
/// Programs that keep the clock right.
const KEEPERS: [&str; 6] = ["chronyd", "ntpd", "ntpsec", "systemd-timesyn", "openntpd", "ptp4l"];
/// Clocks that are read without asking the kernel.
const FAST_CLOCKS: [&str; 5] = ["tsc", "kvm-clock", "hyperv_clocksource_tsc_page", "arch_sys_counter", "xen"];

const HOST: &str = "host";

pub(super) fn findings(system: &System) -> Vec<Finding> {
    let all = [kernel, container, privileges, clock, time, governor, memory, huge_pages, nodes, journal];
    all.iter().filter_map(|look| look(system)).collect()
}

fn kernel(system: &System) -> Option<Finding> {
    let release = system.text("proc/sys/kernel/osrelease")?;
    let mut numbers = release.split(['.', '-']).map(|part| part.parse::<u32>().unwrap_or(0));
    let version = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
    let good = version >= KERNEL;
    let why = "Capture with several workers needs Linux 4.12 or later.";
    Some(Finding::judged(HOST, "kernel", good, State::Mend, release).because(why, None))
}

fn container(system: &System) -> Option<Finding> {
    let inside = system.exists(".dockerenv")
        || system.exists("run/.containerenv")
        || system.text("run/systemd/container").is_some();
    let why = "Only the interfaces of the container are seen, and settings of the host's cards perhaps not.";
    let found = "this is a container".to_owned();
    inside.then(|| Finding::new(HOST, "container", State::Look, found).because(why, None))
}

fn privileges(system: &System) -> Option<Finding> {
    let status = system.text("proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("CapEff:"))?;
    let bits = u64::from_str_radix(line.trim(), 16).ok()?;
    let missing: Vec<&str> = [(NET_RAW, "cap_net_raw"), (NET_ADMIN, "cap_net_admin")]
        .into_iter()
        .filter(|(bit, _)| bits >> bit & 1 == 0)
        .map(|(_, name)| name)
        .collect();
    let found =
        if missing.is_empty() { "enough".to_owned() } else { format!("without {}", missing.join(", ")) };
    let why = "A packet socket needs the one, promiscuous mode the other.";
    let mend = "run as root, which Gannet gives up after start, or: setcap cap_net_raw,cap_net_admin+ep $(command -v gannet)";
    Some(
        Finding::judged(HOST, "privileges", missing.is_empty(), State::Mend, found)
            .because(why, mend.to_owned()),
    )
}

fn clock(system: &System) -> Option<Finding> {
    let folder = "sys/devices/system/clocksource/clocksource0";
    let current = system.text(&format!("{folder}/current_clocksource"))?;
    let good = FAST_CLOCKS.contains(&current.as_str());
    let there = system.text(&format!("{folder}/available_clocksource")).unwrap_or_default();
    let better = there.split(' ').find(|name| FAST_CLOCKS.contains(name));
    let mend = better.map(|name| format!("echo {name} > /{folder}/current_clocksource"));
    let why = "This clock is slow to read, and the kernel reads it for each packet.";
    Some(Finding::judged(HOST, "clock source", good, State::Mend, current).because(why, mend))
}

fn time(system: &System) -> Option<Finding> {
    if system.exists("run/systemd/timesync/synchronized") {
        return Some(Finding::new(HOST, "time", State::Good, "synchronised".to_owned()));
    }
    let process = |name: &String| system.text(&format!("proc/{name}/comm"));
    let is_number = |name: &String| name.bytes().all(|byte| byte.is_ascii_digit());
    let mut programs = system.names("proc").into_iter().filter(is_number).filter_map(|name| process(&name));
    let keeper = programs.find(|name| KEEPERS.contains(&name.as_str()));
    let found = keeper.clone().unwrap_or_else(|| "no program is seen that keeps it right".to_owned());
    let why = "Rows carry this host's time: without NTP they do not match those of other systems.";
    let mend = "apt install chrony".to_owned();
    Some(Finding::judged(HOST, "time", keeper.is_some(), State::Look, found).because(why, mend))
}

fn governor(system: &System) -> Option<Finding> {
    let governor = system.text("sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")?;
    let good = governor == "performance";
    let why = "Cores that slow down between bursts lose the first packets of the next one.";
    let mend = "cpupower frequency-set -g performance".to_owned();
    Some(Finding::judged(HOST, "processor speed", good, State::Look, governor).because(why, mend))
}

fn memory(system: &System) -> Option<Finding> {
    let info = system.text("proc/meminfo")?;
    let line = info.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let available = line.trim().trim_end_matches(" kB").parse::<u64>().ok()?.checked_mul(1024)?;
    let found = format!("{} available", bytes(available));
    let why = "The tables may take 2 GiB, and each interface's ring its own: with less the kernel may end the process.";
    Some(Finding::judged(HOST, "memory", available >= MEMORY, State::Look, found).because(why, None))
}

fn huge_pages(system: &System) -> Option<Finding> {
    let path = "sys/kernel/mm/transparent_hugepage/enabled";
    let text = system.text(path)?;
    let set = text.split(' ').find_map(|word| word.strip_prefix('[')?.strip_suffix(']'))?.to_owned();
    let why = "Large tables are faster in huge pages.";
    let mend = format!("echo madvise > /{path}");
    Some(Finding::judged(HOST, "huge pages", set != "never", State::Look, set).because(why, mend))
}

fn nodes(system: &System) -> Option<Finding> {
    let is_node = |name: &String| name.strip_prefix("node").is_some_and(|n| n.parse::<u32>().is_ok());
    let nodes = system.names("sys/devices/system/node").into_iter().filter(is_node).count();
    (nodes > 1).then(|| {
        let why = "A worker on another node than the card reads each packet over the link between them.";
        let found = format!("{nodes} nodes");
        Finding::new(HOST, "memory nodes", State::Look, found)
            .because(why, "see the interface's node".to_owned())
    })
}

fn journal(system: &System) -> Option<Finding> {
    if !system.exists("run/systemd/journal") {
        return None;
    }
    let kept = system.exists("var/log/journal");
    let found = if kept { "kept on disk" } else { "kept in memory" }.to_owned();
    let why = "What a sensor said before the host went down is gone with it.";
    let mend = "mkdir -p /var/log/journal && systemctl restart systemd-journald".to_owned();
    Some(Finding::judged(HOST, "journal", kept, State::Look, found).because(why, mend))
}
