#!/bin/bash
# Run CMD in a real xterm with Sixel under Xvfb, press keys, take a screenshot.
#
#   xterm_shot.sh [-g 160x50] [-w SECONDS] [-k 'KEY KEY..'] [-p SECONDS] OUT.png -- CMD...
#
#   -g  size in cells           -w  wait before the first key, or before the shot (5)
#   -k  xdotool key names       -p  pause after each key (1)
# xterm refuses Sixel pictures beyond 1000x1000 unless maxGraphicSize is raised, as is done here.
# Debian packages: xvfb xterm imagemagick x11-utils xdotool fonts-dejavu-core
set -euo pipefail

usage() { sed -n '2,7s/^# \{0,1\}//p' "$0" >&2; exit 2; }

geometry=160x50 wait=5 keys='' pause=1
while getopts g:w:k:p: option; do
    case $option in
        g) geometry=$OPTARG ;;
        w) wait=$OPTARG ;;
        k) keys=$OPTARG ;;
        p) pause=$OPTARG ;;
        *) usage ;;
    esac
done
shift $((OPTIND - 1))
if [ $# -lt 3 ] || [ "$2" != -- ]; then usage; fi
out=$1
shift 2

scratch=$(mktemp -d)
pids=()
finish() {
    [ ${#pids[@]} = 0 ] || kill "${pids[@]}" 2>/dev/null || true
    wait
    rm -rf "$scratch"
}
trap finish EXIT

Xvfb -displayfd 3 -screen 0 1700x1100x24 -nolisten tcp 3>"$scratch/display" 2>"$scratch/xvfb.log" &
pids+=($!)
for _ in $(seq 100); do [ -s "$scratch/display" ] && break; sleep 0.1; done
[ -s "$scratch/display" ] || { cat "$scratch/xvfb.log" >&2; exit 1; }
DISPLAY=:$(cat "$scratch/display")
export DISPLAY

COLORTERM=truecolor xterm -ti vt340 -geometry "$geometry" -fa 'DejaVu Sans Mono' -fs 11 \
    -xrm 'XTerm*decTerminalID: vt340' -xrm 'XTerm*numColorRegisters: 256' \
    -xrm 'XTerm*maxGraphicSize: 4000x4000' -xrm 'XTerm*sixelScrolling: true' \
    -xrm 'XTerm*cursorBlink: false' -hold -e "$@" &
pids+=($!)
sleep "$wait"
for key in $keys; do
    xdotool key "$key"
    sleep "$pause"
done
import -window root "$out"
