#!/usr/bin/env bash
# any-sll: recorded on all interfaces of a router at once, with the cooked header (v1): every packet is seen in and out, loopback too.
. "$(dirname "$0")/../any.sh"
any_record LINUX_SLL
