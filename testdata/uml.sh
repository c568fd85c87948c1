# uml.sh: shared by the captures of tunnels; `. uml.sh MODULE ...` as the first line runs the rest of record.sh under user-mode
# Linux, Debian's kernel as a program, with these modules: few hosts have all kinds of tunnels. The guest sees the files
# of the host, and can write to the folder of the capture and to a temporary one alone.
set -euo pipefail

if [ -z "${UML_GUEST:-}" ]; then
	for c in linux.uml modprobe; do
		command -v "$c" >/dev/null || { echo "$c is not installed" >&2; exit 1; }
	done
	script=$(realpath "$0")
	room=$(mktemp -d "${TMPDIR:-/tmp}/uml.XXXXXX")
	trap 'rm -rf "$room"' EXIT
	cat > "$room/init" <<-INIT
		#!/bin/sh
		export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root UML_GUEST=1 TMPDIR=$room
		mount -t proc proc /proc
		mount -t sysfs sys /sys
		mount -t tmpfs run /run
		mount -t tmpfs modules /mnt
		mkdir /mnt/lib
		ln -s /usr/lib/uml/modules /mnt/lib/modules
		for f in $room ${script%/*}; do mount -t hostfs -o \$f none \$f; done
		modprobe -d /mnt -a veth $* && bash $script
		echo \$? > $room/status
		echo o > /proc/sysrq-trigger
		sleep 60
	INIT
	chmod 755 "$room" "$room/init"
	linux.uml mem=256M root=/dev/root rootfstype=hostfs rootflags=/ ro init="$room/init" uml_dir="$room/" \
		con=null con0=null,fd:1 quiet > "$room/console" 2>&1 < /dev/null || true
	status=$(cat "$room/status" 2>/dev/null || echo 1)
	[ "$status" = 0 ] || cat "$room/console" >&2
	exit "$status"
fi
