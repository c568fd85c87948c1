//! Records about the run itself, which no packet raises.

use gannet::events::{CaptureLoss, LogStream};
use gannet::{Interval, Timestamp};

/// Every log that there can be, by name: the engine's, and those of this module.
pub fn streams() -> Vec<&'static LogStream> {
    let mut streams = gannet::streams();
    streams.extend([CaptureLoss::STREAM, LoadedScript::STREAM, PacketFilter::STREAM, StatsLog::STREAM]);
    streams.sort_unstable_by_key(|stream| stream.name);
    streams
}

/// Zeek's own name of a log, as scripts call it and weirds quote it: `X509::LOG` for `x509`. Most are the log's name in
/// capitals.
pub(crate) fn zeek_name(log: &str) -> String {
    let module = match log {
        "analyzer" => "Analyzer::Logging",
        "capture_loss" => "CaptureLoss",
        "conn" => "Conn",
        "files" => "Files",
        "kerberos" => "KRB",
        "loaded_scripts" => "LoadedScripts",
        "known_certs" | "known_hosts" | "known_modbus" | "known_services" => {
            let kind = log.trim_start_matches("known_").to_ascii_uppercase();
            return format!("Known::{kind}_LOG");
        }
        "ldap" | "ldap_search" => return format!("LDAP::{}_LOG", log.to_ascii_uppercase()),
        "open_conn" => "OpenConnection",
        "mqtt_connect" => return "MQTT::CONNECT_LOG".to_owned(),
        "mqtt_publish" => return "MQTT::PUBLISH_LOG".to_owned(),
        "mqtt_subscribe" => return "MQTT::SUBSCRIBE_LOG".to_owned(),
        "mysql" => "mysql",
        "notice" => "Notice",
        "notice_alarm" => return "Notice::ALARM_LOG".to_owned(),
        "packet_filter" => "PacketFilter",
        "postgresql" => "PostgreSQL",
        "redis" => "Redis",
        "reporter" => "Reporter",
        "stats" => "Stats",
        "syslog" => "Syslog",
        "tunnel" => "Tunnel",
        "websocket" => "WebSocket",
        "weird" => "Weird",
        "software" => "Software",
        "smb_files" => return "SMB::FILES_LOG".to_owned(),
        "smb_mapping" => return "SMB::MAPPING_LOG".to_owned(),
        _ => return format!("{}::LOG", log.to_ascii_uppercase()),
    };
    format!("{module}::LOG")
}

gannet::record! {
    /// The packet filter that a run works under, once for each time that one is set.
    pub struct PacketFilter in "packet_filter" {
        /// When the filter was set.
        ts: Timestamp,
        /// Name of the process that set it.
        node: Option<String>,
        /// The filter's expression.
        filter: String,
        /// Whether this is the filter that the run began with.
        init: bool,
        /// Whether it could be set.
        success: bool,
        /// Why it could not be set.
        failure_reason: Option<String>,
    }
}

gannet::record! {
    /// What a live run works by: one row for each policy that runs, and for each file that says how; all of them again whenever
    /// the configuration is read again.
    pub struct LoadedScript in "loaded_scripts" {
        /// `policy/` and the name of a policy, or the path of a file.
        name: String,
    } extra {
        /// When that began.
        ts: Timestamp,
        /// The file's hash.
        sha256: Option<String>,
    }
}

gannet::record! {
    /// What a worker did and holds. Counts are those since the row before, except for what is there at the time.
    pub struct StatsLog in "stats" {
        /// When it was measured.
        ts: Timestamp,
        /// The worker, such as `worker-1`.
        peer: String,
        /// Memory that the whole process has resident, in MiB.
        mem: u64,
        /// Packets that were read.
        pkts_proc: u64,
        /// Their captured bytes.
        bytes_recv: u64,
        /// Packets that the kernel dropped.
        pkts_dropped: Option<u64>,
        /// Packets that the kernel saw for this worker.
        pkts_link: Option<u64>,
        /// How far behind the clock on the wall the worker's own is.
        pkt_lag: Option<Interval>,
        /// Packets that the filter kept out.
        pkts_filtered: Option<u64>,
        /// Records that the worker made.
        events_proc: u64,
        /// Records that wait to be written, of all workers.
        events_queued: u64,
        /// TCP connections in the table.
        active_tcp_conns: u64,
        /// UDP flows in the table.
        active_udp_conns: u64,
        /// ICMP flows in the table.
        active_icmp_conns: u64,
        /// TCP connections that began.
        tcp_conns: u64,
        /// UDP flows that began.
        udp_conns: u64,
        /// ICMP flows that began.
        icmp_conns: u64,
        /// Timers that were set.
        timers: u64,
        /// Timers in the queue.
        active_timers: u64,
        /// Files that began.
        files: u64,
        /// Files that are open.
        active_files: u64,
        /// Questions to a resolver by the program itself: it asks none.
        dns_requests: u64,
        /// Questions that wait for an answer: none.
        active_dns_requests: u64,
        /// Bytes held for holes in TCP streams.
        reassem_tcp_size: u64,
        /// Bytes held for open files.
        reassem_file_size: u64,
        /// Bytes held for incomplete datagrams.
        reassem_frag_size: u64,
        /// Bytes held for anything else: nothing.
        reassem_unknown_size: u64,
    }
}

#[cfg(test)]
mod tests {
    use super::{streams, zeek_name};

    #[test]
    fn the_names_of_all_logs() {
        let names: Vec<_> = streams().iter().map(|stream| zeek_name(stream.name)).collect();
        let expected = [
            "Analyzer::Logging::LOG",
            "BITTORRENT::LOG",
            "CaptureLoss::LOG",
            "Conn::LOG",
            "DCE_RPC::LOG",
            "DHCP::LOG",
            "DNP3::LOG",
            "DNS::LOG",
            "Files::LOG",
            "FINGER::LOG",
            "FTP::LOG",
            "HTTP::LOG",
            "IDENT::LOG",
            "IKE::LOG",
            "IRC::LOG",
            "KRB::LOG",
            "LDAP::LDAP_LOG",
            "LDAP::LDAP_SEARCH_LOG",
            "LoadedScripts::LOG",
            "MODBUS::LOG",
            "MQTT::CONNECT_LOG",
            "MQTT::PUBLISH_LOG",
            "MQTT::SUBSCRIBE_LOG",
            "mysql::LOG",
            "NTLM::LOG",
            "NTP::LOG",
            "OCSP::LOG",
            "OpenConnection::LOG",
            "OPENVPN::LOG",
            "PacketFilter::LOG",
            "PE::LOG",
            "PostgreSQL::LOG",
            "QUIC::LOG",
            "RADIUS::LOG",
            "RDP::LOG",
            "Redis::LOG",
            "Reporter::LOG",
            "RFB::LOG",
            "SIP::LOG",
            "SMB::FILES_LOG",
            "SMB::MAPPING_LOG",
            "SMTP::LOG",
            "SNMP::LOG",
            "SOCKS::LOG",
            "SSH::LOG",
            "SSL::LOG",
            "Stats::LOG",
            "STUN::LOG",
            "Syslog::LOG",
            "TFTP::LOG",
            "Tunnel::LOG",
            "UNDECODED::LOG",
            "WebSocket::LOG",
            "Weird::LOG",
            "WIREGUARD::LOG",
            "X509::LOG",
        ];
        assert_eq!(names, expected);
    }

    #[test]
    fn the_names_of_logs_of_policies() {
        let cases = [
            ("known_hosts", "Known::HOSTS_LOG"),
            ("known_certs", "Known::CERTS_LOG"),
            ("software", "Software::LOG"),
            ("notice", "Notice::LOG"),
        ];
        for (log, name) in cases {
            assert_eq!(zeek_name(log), name);
        }
    }
}
