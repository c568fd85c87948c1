#!/usr/bin/env bash
# zstd: a Zstandard compressed pcap file of two frames (as "zstd a >> b" or a rotating recorder leaves them).
. "$(dirname "$0")/../session.sh"
need zstd
small_session 18
head -c 700 capture.pcap | zstd -q -19 > capture.pcap.zst
tail -c +701 capture.pcap | zstd -q -19 >> capture.pcap.zst
keep_packed capture.pcap.zst zstd
