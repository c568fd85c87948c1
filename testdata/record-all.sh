#!/usr/bin/env bash
# Records all captures again, or those named as arguments. Root; takes about seven minutes.
cd "$(dirname "$0")" || exit 1
failed=0
for script in */record.sh; do
	name=${script%/record.sh}
	if [ $# -gt 0 ] && [[ " $* " != *" $name "* ]]; then continue; fi
	if timeout 120 bash "$script"; then
		echo "ok      $name"
	else
		echo "FAILED  $name"
		failed=1
	fi
done
exit $failed
