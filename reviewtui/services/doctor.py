"""Ten looks at the machine and a workspace, each with its remedy. Creates nothing, changes nothing."""

import os
import platform
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from reviewtui.model.errors import ReviewError
from reviewtui.services.background import is_worker_running
from reviewtui.services.workspace import Workspace
from reviewtui.settings.paths import WorkspacePaths, file_system_type, is_network_type, workspace_paths

MIN_FREE_BYTES = 2 << 30
MIN_WATCHES = 8192
_INOTIFY = Path("/proc/sys/fs/inotify")


@dataclass(frozen=True, slots=True)
class Finding:
    """One line.

    Attributes:
        remedy: what to do; empty when there is nothing to do.
    """

    check: str
    ok: bool
    detail: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class TerminalReport:
    """What the terminal was found to do, in words; made by whoever may ask it.

    Attributes:
        protocol: how pictures are drawn.
        reasons: what was found.
        better: what would be better; empty when nothing would.
        truecolor: whether it was seen to have 16 million colours.
        passthrough: whether the tmux in between hands pictures on; None outside tmux.
        rtt_ms: how long it took to answer; None when it stayed silent or nobody knows.
        sync: whether it can show all of a frame at once.
    """

    protocol: str
    reasons: tuple[str, ...]
    better: tuple[str, ...]
    truecolor: bool
    passthrough: bool | None
    rtt_ms: int | None = None
    sync: bool = False


@dataclass(frozen=True, slots=True)
class _Patient:
    """What is looked at: the environment, the terminal if it was asked, and the workspace or why there is none."""

    environment: Mapping[str, str]
    terminal: TerminalReport | None
    paths: WorkspacePaths | None
    trouble: ReviewError | None

    @property
    def state_place(self) -> Path:
        """The state folder, or the nearest folder above that exists."""
        place = Path.cwd() if self.paths is None else self.paths.state
        while not place.exists() and place != place.parent:
            place = place.parent
        return place


def examine(
    folder: str | Path | Workspace | None = None,
    *,
    state: str | Path | None = None,
    environment: Mapping[str, str] | None = None,
    terminal: TerminalReport | None = None,
) -> list[Finding]:
    """All ten findings, in a fixed order. Blocking, some milliseconds.

    Args:
        folder: also look at this workspace, by its folder or open as it is.
        state: where its state lives when not in the folder.
        environment: None for the process's own.
        terminal: what it answered; None when there is none to ask.
    """
    paths, trouble = None, None
    if isinstance(folder, Workspace):
        paths = folder.paths
    elif folder is not None:
        try:
            paths = workspace_paths(folder, state)
        except ReviewError as error:
            trouble = error
    patient = _Patient(os.environ if environment is None else environment, terminal, paths, trouble)
    return [look(patient) for look in _LOOKS]


def _python(patient: _Patient) -> Finding:
    version = platform.python_version()
    return Finding("python", True, f"{version} on {platform.system()} {platform.machine()}")


def _terminal(patient: _Patient) -> Finding:
    term = patient.environment.get("TERM", "")
    letters = (
        patient.environment.get("LC_ALL") or patient.environment.get("LC_CTYPE") or patient.environment.get("LANG")
    )
    is_utf8 = (letters or "").lower().replace("-", "").endswith("utf8")
    seen = patient.terminal is not None and patient.terminal.truecolor
    has_truecolor = seen or patient.environment.get("COLORTERM") in ("truecolor", "24bit")
    colours = "true colour" if has_truecolor else "256 colours at most"
    detail = f"TERM={term or 'not set'}, {colours}, letters {letters or 'not set'}"
    if term in ("", "dumb", "unknown"):
        return Finding("terminal", False, detail, "run it in a terminal; over ssh: ssh -t HOST reviewtui FOLDER")
    if not is_utf8:
        return Finding("terminal", False, detail, "set a UTF-8 locale: export LC_ALL=C.UTF-8")
    if colours != "true colour":
        return Finding("terminal", True, detail, _colour_remedy(patient))
    return Finding("terminal", True, detail)


def _colour_remedy(patient: _Patient) -> str:
    """How to get 16 million colours; who sits in the way of them is named."""
    if patient.environment.get("TMUX"):
        return "in ~/.tmux.conf: set -as terminal-features ',*:RGB' (then: tmux kill-server)"
    if patient.environment.get("STY"):
        return "GNU screen 4 has 256 colours; tmux has more"
    words = "pictures look better with: export COLORTERM=truecolor (if it can)"
    if patient.environment.get("SSH_CONNECTION"):
        return f"{words}; ssh carries it with: SendEnv COLORTERM here, AcceptEnv COLORTERM in sshd_config"
    return words


PROTOCOL_WORDS = {
    "kitty": "Kitty graphics: pixel for pixel, kept in the terminal, a flip sends nothing again",
    "iterm2": "iTerm2 pictures: pixel for pixel, as JPEG",
    "sixel": "Sixel: pixel for pixel, 256 colours",
    "half": "half cells: two picture dots in each character cell, in any terminal",
    "text": "words only",
}


def _pictures(patient: _Patient) -> Finding:
    report = patient.terminal
    if report is None:
        return Finding("pictures", True, f"{PROTOCOL_WORDS['half']}; run it in a terminal to have that one looked at")
    words = "; ".join((PROTOCOL_WORDS[report.protocol], *report.reasons))
    return Finding("pictures", True, words, "; ".join(report.better))


def _link(patient: _Patient) -> Finding:
    origin = patient.environment.get("SSH_CONNECTION", "").split()
    report = patient.terminal
    words = f"ssh from {origin[0]}" if origin else "local"
    if report is not None and report.rtt_ms is not None:
        words += f", the terminal answers in {report.rtt_ms} ms"
    if not origin:
        return Finding("link", True, words)
    share = _COMPRESSED.get("half" if report is None else report.protocol, "")
    remedy = f"without -C, try: ssh -C{share}" if share else ""
    return Finding("link", True, f"{words}; whether it is compressed only the ssh at your end knows", remedy)


_COMPRESSED = {
    "half": ", which sends half cells in a fifth of the bytes",
    "sixel": ", which sends Sixel in half the bytes",
    "kitty": ", which sends pictures in a third fewer bytes",
    "text": ", which sends text in a third of the bytes",
}
"""What compression is good for; JPEG is compressed already."""


def _tmux(patient: _Patient) -> Finding:
    if patient.environment.get("STY") and not patient.environment.get("TMUX"):
        return Finding(
            "tmux", False, "inside GNU screen, which passes no pictures on and has 256 colours",
            "leave it, or use tmux 3.3 or newer with: set -g allow-passthrough on",
        )  # fmt: skip
    if not patient.environment.get("TMUX"):
        return Finding("tmux", True, "not inside tmux")
    if patient.terminal is not None and patient.terminal.passthrough is False:
        return Finding(
            "tmux",
            False,
            "inside tmux, which keeps pictures from the terminal: decisions ask for a typed y",
            "in ~/.tmux.conf: set -g allow-passthrough on (at once: tmux set -g allow-passthrough on)",
        )
    if not patient.environment.get("TERM", "").startswith(("tmux", "screen")):
        return Finding(
            "tmux",
            False,
            "inside tmux, but TERM says otherwise",
            "in ~/.tmux.conf: set -g default-terminal tmux-256color",
        )
    if patient.terminal is None:
        return Finding("tmux", True, "inside tmux; in a terminal the doctor asks what lies outside")
    has_rgb = patient.terminal.truecolor or bool(patient.environment.get("COLORTERM"))
    remedy = "" if has_rgb else "for true colour, in ~/.tmux.conf: set -as terminal-features ',*:RGB'"
    if patient.terminal.rtt_ms is None:
        words = "inside tmux, and the terminal outside does not answer: decisions ask for a typed y"
        return Finding("tmux", False, words, remedy or "attach it to a terminal that answers")
    return Finding("tmux", True, "inside tmux, which hands pictures and their acknowledgement on", remedy)


def _watch(patient: _Patient) -> Finding:
    try:
        watches = int((_INOTIFY / "max_user_watches").read_text())
        instances = int((_INOTIFY / "max_user_instances").read_text())
    except (OSError, ValueError):
        return Finding("watch", True, "this system does not tell its limits; folders are looked through regularly")
    detail = f"{watches} folders and {instances} watchers for each user"
    if watches < MIN_WATCHES:
        return Finding("watch", False, detail, "as root: sysctl fs.inotify.max_user_watches=524288")
    return Finding("watch", True, detail)


def _database(patient: _Patient) -> Finding:
    from reviewtui.store.connection import connect
    from reviewtui.store.driver import SAFE_VERSION, library_version
    from reviewtui.store.migrations import REVISION, schema_revision

    library = f"SQLite {'.'.join(map(str, library_version()))}"
    if library_version() < SAFE_VERSION:
        return Finding("database", False, f"{library} can corrupt a database", "pip install --upgrade pysqlite3")
    if patient.paths is None or not patient.paths.database.exists():
        return Finding("database", True, f"{library}; nothing is recorded yet")
    try:
        connection = connect(patient.paths.database, read_only=True)
        try:
            revision = schema_revision(connection)
        finally:
            connection.close()
    except ReviewError as error:
        return Finding("database", False, f"{library}; {error.message}", error.remedy)
    if revision > REVISION:
        return Finding(
            "database", False, f"{library}, schema {revision}, this program knows {REVISION}", "update reviewtui"
        )
    return Finding("database", True, f"{library}, schema {revision} of {REVISION}")


def _disk(patient: _Patient) -> Finding:
    if patient.trouble is not None:
        return Finding("disk", False, patient.trouble.message, patient.trouble.remedy)
    place = patient.state_place
    kind = file_system_type(place) or "of an unknown type"
    free_bytes = shutil.disk_usage(place).free
    detail = f"{place} is {kind}, {free_bytes / 1e9:.1f} GB free"
    if is_network_type(kind):
        return Finding(
            "disk", False, f"{detail}: SQLite loses data there", "keep the state on a local disk: --state DIR"
        )
    if not os.access(place, os.W_OK):
        return Finding(
            "disk",
            False,
            f"{detail}, and may not be written",
            "--state DIR keeps the state elsewhere; or open --read-only",
        )
    if free_bytes < MIN_FREE_BYTES:
        return Finding("disk", False, detail, "free some space, or keep the state on another disk: --state DIR")
    return Finding("disk", True, detail)


def _engines(patient: _Patient) -> Finding:
    from reviewtui.engines.registry import list_engines

    listings = list_engines()
    ready = [listing.name for listing in listings if listing.available]
    missing = [listing for listing in listings if not listing.available]
    if not ready:
        remedy = missing[0].remedy if missing else "install reviewtui again"
        return Finding("engines", False, "nothing here can make pixels", remedy)
    more = f"; missing: {', '.join(listing.name for listing in missing)}" if missing else ""
    return Finding("engines", True, f"ready: {', '.join(ready)}{more}", missing[0].remedy if missing else "")


def _worker(patient: _Patient) -> Finding:
    if patient.paths is None:
        return Finding("worker", True, "no workspace was named", "reviewtui doctor FOLDER looks at one")
    # Asking for a lock would create its file.
    if patient.paths.worker_lock.exists() and is_worker_running(patient.paths):
        return Finding("worker", True, "one is running")
    return Finding("worker", True, "none is running; a desk or `fix --wait` starts one")


_LOOKS: tuple[Callable[[_Patient], Finding], ...] = (
    _python, _terminal, _pictures, _link, _tmux, _watch, _database, _disk, _engines, _worker,
)  # fmt: skip
