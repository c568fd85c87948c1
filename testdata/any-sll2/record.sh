#!/usr/bin/env bash
# any-sll2: as any-sll, with the newer cooked header (v2).
. "$(dirname "$0")/../any.sh"
any_record LINUX_SLL2
