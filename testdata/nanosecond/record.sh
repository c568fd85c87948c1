#!/usr/bin/env bash
# nanosecond: a pcap file with nanosecond time stamps.
. "$(dirname "$0")/../session.sh"
small_session 16 --time-stamp-precision=nano
keep capture.pcap
