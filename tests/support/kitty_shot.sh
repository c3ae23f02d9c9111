#!/bin/bash
# Run CMD in a real kitty under Xvfb (software GL), press keys, take a screenshot.
#
#   kitty_shot.sh [-w SECONDS] [-k 'KEY KEY..'] [-p SECONDS] OUT.png -- CMD...
#
#   -w  wait before the first key, or before the shot (6)
#   -k  xdotool key names       -p  pause after each key (1)
# Pictures by Unicode placeholder need kitty >= 0.28.  If the installed one is older, a newer Debian with kitty is
# set up once (root, about 1 GB, a minute) in $LAB/$SUITE; CMD still runs on this system, not inside that Debian.
# Environment: LAB    directory for that Debian (default: a fresh mktemp directory, printed; keep it to reuse it)
#              SUITE  its release (trixie)
# Debian packages: xvfb kitty libgl1-mesa-dri imagemagick xdotool fonts-dejavu-core; for the fallback debootstrap
set -euo pipefail

usage() { sed -n '2,11s/^# \{0,1\}//p' "$0" >&2; exit 2; }

new_enough() {
    local version
    version=$("$@" --version 2>/dev/null | awk '{print $2}') && dpkg --compare-versions "${version:-0}" ge 0.28
}

# The archive that the system's own apt uses for its release, without the security and update pockets.
mirror() {
    # shellcheck disable=SC2016
    apt-get indextargets --format '$(RELEASE) $(SITE)' 'Created-By: Packages' |
        awk '$1 !~ /-/ && !found {print $2; found = 1}'
}

newer_debian() {
    local root=$1
    [ -e "$root/usr/bin/kitty" ] && return
    debootstrap --variant=minbase --include=kitty,libgl1,libgl1-mesa-dri,fonts-dejavu-core \
        "$suite" "$root" "$(mirror)" >"$root.log" 2>&1 || { tail -5 "$root.log" >&2; exit 1; }
}

wait=6 keys='' pause=1
while getopts w:k:p: option; do
    case $option in
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

suite=${SUITE:-trixie}
if ! new_enough kitty; then
    if [ -z "${LAB:-}" ]; then
        LAB=$(mktemp -d)
        echo "LAB=$LAB" >&2
    fi
    mkdir -p "$LAB"
    newer_debian "$LAB/$suite"
fi

Xvfb -displayfd 3 -screen 0 1700x1100x24 +extension GLX +render -nolisten tcp \
    3>"$scratch/display" 2>"$scratch/xvfb.log" &
pids+=($!)
for _ in $(seq 100); do [ -s "$scratch/display" ] && break; sleep 0.1; done
[ -s "$scratch/display" ] || { cat "$scratch/xvfb.log" >&2; exit 1; }
DISPLAY=:$(cat "$scratch/display")
export DISPLAY LIBGL_ALWAYS_SOFTWARE=1 LANG=C.UTF-8 COLORTERM=truecolor

options=(--config NONE -o remember_window_size=no -o initial_window_width=1650 -o initial_window_height=1050
    -o font_size=11 -o update_check_interval=0 -o confirm_os_window_close=0 -o shell_integration=disabled
    -o enable_audio_bell=no -o cursor_blink_interval=0)
if new_enough kitty; then
    XDG_RUNTIME_DIR=$scratch kitty "${options[@]}" "$@" 2>"$scratch/kitty.log" &
else
    # Own mount namespace: /proc and /dev of the chroot vanish with it.  nsenter takes CMD back to this system.
    # shellcheck disable=SC2016
    ROOT=$LAB/$suite unshare --mount --propagation private bash -c '
        mount -t proc proc "$ROOT/proc"
        mount --rbind /dev "$ROOT/dev"
        XDG_RUNTIME_DIR=/run exec chroot "$ROOT" kitty "$@"' kitty \
        "${options[@]}" nsenter --target $$ --mount --root --wd env -u TERMINFO "$@" \
        2>"$scratch/kitty.log" &
fi
pids+=($!)
sleep "$wait"
kill -0 "${pids[1]}" 2>/dev/null || { tail -5 "$scratch/kitty.log" >&2; exit 1; }
for key in $keys; do
    xdotool key "$key"
    sleep "$pause"
done
import -window root "$out"
