//! What help says below the options.

/// How the program is called.
pub(super) const USAGE: &str = "gannet [OPTIONS] FILE...
       gannet [OPTIONS] -i NAME
       gannet COMMAND";

/// Below the short help.
pub(super) const SHORT: &str = "Examples:
  gannet capture.pcap                    write logs into the current directory
  gannet -o logs captures/ more.pcapng   all captures in a directory, and one more
  gannet -o - capture.pcap | jq          all rows as JSON on standard output
  gannet summary capture.pcap            what is in it?
  gannet -i eth0 -o /var/log/gannet      from the network, until SIGTERM or ^C

--help says more about each option, -h less; it has the options that archive logs, too.";

/// Below the long help, and in the manual page.
pub(super) const LONG: &str = "Examples:
  gannet capture.pcap                        write logs into the current directory
  gannet -o logs captures/ more.pcapng       all captures in a directory, and one more
  gannet -C -f 'host 10.1.1.2' capture.pcap  one host, wrong checksums do not matter
  gannet --from +10m --to +15m capture.pcap  five minutes out of the middle
  gannet -o - capture.pcap | jq              all rows as JSON on standard output
  tcpdump -w - | gannet -o logs -            from a pipe; ^C keeps what was analysed
  gannet summary capture.pcap                what is in it?
  gannet schema conn                         what do the columns mean?
  gannet -i eth0 -o /var/log/gannet          from the network, until SIGTERM or ^C
  gannet -i eth0 -o spool --archive logs --rotate 1h --keep 90d --keep-free 10G
                                             archive the logs of each hour, and keep them for a while

Signals:
  SIGINT, SIGTERM   end the run; what was analysed is written
  SIGHUP            with -i: read the configuration file again
  SIGUSR1           with -i: say where all packets went
  SIGUSR2           with -i: archive the logs so far; without an archive, go on in new files
                    where logs were given other names, as logrotate does

Exit status:
  0    all was read and written; with -i: the run was ended by a signal
  1    an error: a capture that cannot be read, a log that cannot be written
  2    the command line or the configuration file is wrong; nothing was done
  130  a signal ended the run before the end of the captures; the logs hold what came before";

/// Below the help of `summary`.
pub(super) const SUMMARY: &str = "Examples:
  gannet summary capture.pcap
  gannet summary --from +1h --top 20 captures/
  gannet summary --json capture.pcap | jq .beacons

No logs are written. A beacon: at least ten connections of one host to one port of
another, at intervals that are nearly all alike.";

/// Below the help of `doctor`.
#[cfg(target_os = "linux")]
pub(super) const DOCTOR: &str = "Examples:
  gannet doctor
  gannet doctor eth0 -o /var/log/gannet
  gannet doctor --json eth0 | jq '.findings[] | select(.state == \"mend\")'

Nothing is changed. What is not as it should be is shown with the reason and the
command that mends it. Exit status: 0 all is well, 1 something is to be mended.";

/// Below the help of `schema`.
pub(super) const SCHEMA: &str = "Examples:
  gannet schema conn
  gannet schema --json > logs.schema.json";

/// Below the help of `cut`.
pub(super) const CUT: &str = "Examples:
  gannet cut ts id.orig_h query < dns.log
  gannet cut -r conn.log.gz -u -c ts uid service
  zcat http.*.log.gz | gannet cut -n user_agent

The options are those of zeek-cut. Logs may be TSV or JSON, plain or packed by gzip or zstd.";

/// Below the help of `search`.
pub(super) const SEARCH: &str = "Examples:
  gannet search true logs/ --log conn --by service --top 20
  gannet search 'id.resp_p in {443, 8443} && !(service has \"ssl\")' logs/2026-11-20/
  gannet search 'query ~ /\\.top$/i' --log dns --by query --distinct id.orig_h
  gannet search 'uid == \"CHhAvVGS1DHFjwGM9\"' logs/
  gannet search 'local_orig' --log conn --every 1h --sum orig_bytes,resp_bytes

Without --log, all logs are looked at that have the columns. Rows are printed as they are in
the log, with its header, in the order of the files.";

/// Below the help of `cat`.
pub(super) const CAT: &str = "Examples:
  gannet cat logs/2026-11-20/ --log conn --from 2026-11-20T14:30 --to 2026-11-20T15:30
  gannet cat sensor-a/dns.log sensor-b/dns.log.gz";

/// Below the help of `convert`.
pub(super) const CONVERT: &str = "Examples:
  gannet convert conn.log > conn.json
  gannet convert --tsv conn.json.gz -o conn.log
  gannet convert --parquet conn.log.gz -o conn.parquet";

/// Below the help of `diff`.
pub(super) const DIFF: &str = "Examples:
  gannet diff zeek-logs/ gannet-logs/
  gannet diff zeek-logs/ gannet-logs/ --log conn,dns --ignore conn.history --show 10

Rows may be in any order. Ids of connections and files are compared by what they stand for, times
to two microseconds. Exit status: 0 if all logs agree, 1 if not.";
