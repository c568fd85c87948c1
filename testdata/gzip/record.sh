#!/usr/bin/env bash
# gzip: a gzip compressed pcap file.
. "$(dirname "$0")/../session.sh"
need gzip
small_session 17
gzip -9n capture.pcap
keep_packed capture.pcap.gz gzip
