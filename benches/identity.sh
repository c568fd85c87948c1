#!/usr/bin/env bash
# Whether the logs of a large capture are the same, byte for byte, for any number of workers, batch size, queue and seed.
#
#   benches/identity.sh FILE [options of gannet]      (GANNET names the binary; otherwise it is built)
set -euo pipefail
[ $# -ge 1 ] && [ -r "$1" ] || { echo "usage: benches/identity.sh FILE [options]: expected a capture file" >&2; exit 2; }
file=$(realpath "$1"); shift
cd "$(dirname "$0")/.."
if [ -z "${GANNET:-}" ]; then
	cargo build --quiet --release -p gannet-cli
	GANNET=${CARGO_TARGET_DIR:-target}/release/gannet
fi
out=$(mktemp -d "${TMPDIR:-/tmp}/gannet-identity.XXXXXX")
trap 'rm -rf "$out"' EXIT
# Times of opening and closing are the capture's own: nothing in the logs needs to be left out.
sums() { (cd "$1" && sha256sum -- *.log); }
run() { "$GANNET" -q -C -r "$file" -o "$out/$1" "${@:2}"; }
run alone --workers 1 --table-seed 0 "$@"
expected=$(sums "$out/alone")
wc -l "$out"/alone/*.log | tail -1
failed=0
seed=0
for workers in 1 2 3 8; do
	for batch in 64 512 4096; do
		for queue in 1 4; do
			seed=$((seed + 1))
			how=(--workers "$workers" --batch "$batch" --queue "$queue" --table-seed "$seed" --yield-seed "$seed")
			run other "${how[@]}" "$@"
			if [ "$(sums "$out/other")" = "$expected" ]; then echo "same: ${how[*]}"; else
				echo "DIFFERENT: ${how[*]}"; failed=1
				diff <(echo "$expected") <(sums "$out/other") | sed 's/^/  /' || true
			fi
			rm -rf "$out/other"
		done
	done
done
exit $failed
