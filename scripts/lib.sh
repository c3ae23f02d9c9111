# shellcheck shell=bash
# Set-up shared by the scripts beside this file: .venv with what scripts/constraints.txt pins. Sourced, never run.
# It only makes the environment ready; what is started in it is the caller's affair.
#
#   set_up base|dev     dev adds what tests and checks need; returns at once when nothing has changed
#
# All words go to standard error. PYTHON=/path/to/python3 chooses the interpreter for a new environment.

root=$(cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/.." && pwd -P)
venv=$root/.venv
stamp=$venv/.reviewtui-ready
log=$venv/setup.log
child=''

say() { printf '%s\n' "$*" >&2; }

die() {
    say "reviewtui: $*"
    exit 1
}

# What the environment depends on; the path too, since the programs in it name it in their first line.
fingerprint() {
    { cat -- "$root/pyproject.toml" "$root/scripts/constraints.txt" && printf '%s' "$root"; } | sha256sum | cut -c1-32
}

# The stamp is written last of all, so that it stands only in a finished environment. One with dev serves base too.
is_ready() {
    local have=''
    [ -x "$venv/bin/python" ] && [ -x "$venv/bin/reviewtui" ] && [ -r "$stamp" ] || return 1
    read -r have <"$stamp" || return 1
    [ "$have" = "dev $2" ] || [ "$have" = "$1 $2" ]
}

python_is_new() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

find_python() {
    local name candidates=(python3 python3.14 python3.13 python3.12 python3.11)
    [ -z "${PYTHON:-}" ] || candidates=("$PYTHON")
    for name in "${candidates[@]}"; do
        if command -v -- "$name" >/dev/null && python_is_new "$name"; then
            command -v -- "$name"
            return
        fi
    done
    name=${candidates[0]}
    command -v -- "$name" >/dev/null || die "no $name found; on Debian or Ubuntu: apt-get install python3 python3-venv"
    die "needs Python 3.11 or newer, $name is $("$name" -c 'import platform; print(platform.python_version())');" \
        'install a newer one or name it with PYTHON=/path/to/python3'
}

make_environment() {
    local python version
    if [ -x "$venv/bin/python" ] && python_is_new "$venv/bin/python" && "$venv/bin/python" -m pip --version >/dev/null 2>&1; then
        return
    fi
    python=$(find_python)
    version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    "$python" -c 'import venv, ensurepip' 2>/dev/null ||
        die "Python $version lacks its venv module; on Debian or Ubuntu: apt-get install python$version-venv"
    "$python" -m venv --clear -- "$venv" >&2 || die "$(why_it_failed "cannot make $venv")"
}

# One line of words for a failure, from the log and the disk.
why_it_failed() {
    local free_kib
    free_kib=$(df -Pk -- "$root" | awk 'NR == 2 {print $4}')
    if grep -qs 'No space left on device\|Disk quota exceeded' -- "$log" || [ "${free_kib:-0}" -lt 20480 ]; then
        echo "the disk is full ($root or ${TMPDIR:-/tmp}); about 3 GB are needed, 10 GB with a graphics card. Free some and run again"
    elif grep -qsi 'name resolution\|Name or service not known\|Network is unreachable\|NewConnectionError\|ConnectTimeout\|Read timed out\|Connection refused\|ProxyError' -- "$log"; then
        echo 'the package index cannot be reached; check the network or the proxy and run again, what was fetched is kept'
    elif grep -qs '^ERROR' -- "$log"; then
        echo "$1: $(grep '^ERROR' -- "$log" | head -n 1 | tr -dc '[:print:]' | cut -c1-200) (all of it: $log)"
    else
        echo "$1 (see $log)"
    fi
}

# What pip is at, from its log, in a few words.
last_action() {
    grep -oE '^ *(Collecting|Downloading|Building|Installing|Using cached|Processing) [^(]*' -- "$log" 2>/dev/null |
        tail -n 1 | sed 's|[^ ]*/||; s|^ *||; s|:.*||' | tr -dc '[:print:]' | cut -c1-60
}

# step WORDS COMMAND...: runs it in $root with its output in the log; a line every 15 s says where it is.
step() {
    local words=$1 began=$SECONDS told=0 status=0 took
    shift
    say "  $words"
    (cd -- "$root" && exec "$@") >"$log" 2>&1 </dev/null &
    child=$!
    while kill -0 "$child" 2>/dev/null; do
        sleep 0.1
        took=$((SECONDS - began))
        if [ $((took - told)) -ge 15 ]; then
            told=$took
            say "    $took s: $(last_action)"
        fi
    done
    wait "$child" || status=$?
    child=''
    [ "$status" = 0 ] || die "$(why_it_failed "set-up failed at: $words")"
    say "    done in $((SECONDS - began)) s"
}

interrupted() {
    [ -z "$child" ] || kill "$child" 2>/dev/null || true
    say ''
    die 'interrupted; run again to go on from here'
}

install_packages() {
    local extra=$1 pip=("$venv/bin/python" -m pip --disable-pip-version-check install --no-input --progress-bar off)
    pip+=(--constraint scripts/constraints.txt)
    step '1 of 2  torch, the largest part' "${pip[@]}" "$(grep -m 1 '^torch==' -- "$root/scripts/constraints.txt")"
    if [ "$extra" = dev ]; then
        step '2 of 2  reviewtui, its libraries and the tools for tests' "${pip[@]}" --editable '.[dev]'
    else
        step '2 of 2  reviewtui and its libraries' "${pip[@]}" --editable .
    fi
}

# Two starts at once: the second waits for the first on a lock that dies with its holder, and then finds all done.
take_turn() {
    command -v flock >/dev/null || return 0
    exec 9<"$root"
    flock --nonblock 9 || {
        say 'reviewtui: another set-up is running here; waiting for it'
        flock 9
    }
}

set_up() {
    local extra=$1 key
    key=$(fingerprint) || die "cannot read $root/pyproject.toml"
    is_ready "$extra" "$key" && return
    [ -w "$root" ] || die "cannot write to $root"
    trap interrupted INT TERM HUP
    take_turn
    if ! is_ready "$extra" "$key"; then
        say "Setting up in $venv (once; a few minutes with a good line)"
        make_environment
        rm -f -- "$stamp"
        install_packages "$extra"
        # On one file system a rename is all or nothing; a full disk leaves no half stamp.
        { echo "$extra $key" >"$stamp.new" && mv -- "$stamp.new" "$stamp"; } || die "$(why_it_failed "cannot write $stamp")"
        say 'Ready.'
    fi
    exec 9<&-
    trap - INT TERM HUP
}
