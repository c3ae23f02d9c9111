"""Finds out what the terminal can do: one round trip, before the app starts.

All questions go out together and the last answer ends the wait, so the result is right at any latency below the limit.
What comes later is swallowed by whoever reads the terminal next. Imports neither Textual nor an imaging library; must
not draw.
"""

import contextlib
import fcntl
import os
import select
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from reviewtui.model.geometry import PixelSize
from reviewtui.model.text import safe
from reviewtui.ui.pictures.facts import TerminalFacts, TmuxFacts
from reviewtui.ui.pictures.questions import CAREFUL, PLAIN, Answers, through_tmux
from reviewtui.ui.pictures.remembered import recall, remember

LONGEST_WAIT_S = 2.0
_TMUX_S = 1.0
_READ_BYTES = 4096
_VERSION_CHARACTERS = 20
_SETTLED_S, _ASK_AGAIN_S = 2.0, 0.15
"""How long after a terminal attached a tmux may still be asking it, and how often it is asked meanwhile."""

_ITERM_NAMES = ("iTerm2", "WezTerm", "mintty", "Konsole")
_TRUECOLOR_NAMES = ("kitty", "ghostty", "WezTerm", "iTerm2", "foot", "Konsole", "mintty", "contour", "xterm.js", "VTE")
_KITTY_NAMES = ("kitty", "ghostty")


@contextlib.contextmanager
def quiet_keyboard(fd: int = 0) -> Iterator[None]:
    """What arrives is neither shown nor held back until a line is complete; as before again afterwards.

    Hold it until the app has ended: answers that come late would be echoed otherwise. Ctrl-C still interrupts.

    Args:
        fd: the terminal; anything else is left alone.
    """
    try:
        before = termios.tcgetattr(fd)
    except termios.error:
        yield
        return
    now = termios.tcgetattr(fd)
    now[0] &= ~termios.ICRNL
    now[3] &= ~(termios.ECHO | termios.ICANON)
    now[6][termios.VMIN], now[6][termios.VTIME] = 1, 0
    try:
        # Not TCSAFLUSH: it would throw away what was typed.
        termios.tcsetattr(fd, termios.TCSADRAIN, now)
        yield
    finally:
        with contextlib.suppress(termios.error):
            # The terminal may be gone by now.
            termios.tcsetattr(fd, termios.TCSADRAIN, before)


@dataclass(frozen=True, slots=True)
class Conversation:
    """The terminal's two ends.

    Attributes:
        input_fd: where answers come from.
        output_fd: where questions go to; not standard output, which may be a pipe.
        limit_s: how long an answer is waited for.
    """

    input_fd: int = 0
    output_fd: int = 2
    limit_s: float = LONGEST_WAIT_S

    def ask(self, questions: bytes, answered: Callable[[Answers], bool]) -> tuple[Answers, int | None]:
        """Write, and read until the last answer or the limit.

        Returns:
            What was said, and milliseconds to the last answer or None when it did not come.
        """
        answers = Answers()
        started_s = time.monotonic()
        try:
            os.write(self.output_fd, questions)
            while (left_s := started_s + self.limit_s - time.monotonic()) > 0:
                if not select.select([self.input_fd], [], [], left_s)[0]:
                    break
                data = os.read(self.input_fd, _READ_BYTES)
                if not data:
                    break
                answers.feed(data)
                if answered(answers):
                    return answers, round((time.monotonic() - started_s) * 1000)
        except OSError:
            # The terminal went away; whoever draws on it will say so.
            return answers, None
        return answers, None

    def cell_px_by_kernel(self) -> PixelSize | None:
        """Cell size from the window size that the kernel knows, when it knows pixels."""
        try:
            packed = fcntl.ioctl(self.output_fd, termios.TIOCGWINSZ, b"\0" * 8)
        except OSError:
            return None
        rows, columns, width, height = struct.unpack("HHHH", packed)
        if not (rows and columns and width >= columns and height >= rows):
            return None
        return PixelSize(width // columns, height // rows)


def detect(environment: Mapping[str, str], conversation: Conversation | None = None) -> TerminalFacts:
    """What the terminal can do. Blocking, one round trip, two seconds when nobody answers.

    Call with ``quiet_keyboard`` held, before anything else reads the terminal, and not at import: a child process would
    ask again.

    Args:
        environment: of the process.
        conversation: the terminal; standard input and standard error when None.
    """
    conversation = conversation or Conversation()
    if environment.get("TMUX"):
        facts = _in_tmux(environment, conversation)
    elif environment.get("STY"):
        facts = TerminalFacts(
            reasons=("inside GNU screen, which passes no pictures on",),
            better=("for pictures leave screen, or use tmux 3.3 or newer with: set -g allow-passthrough on",),
        )
    else:
        facts = _outside(environment, conversation)
    if facts.cell_px is None:
        facts = replace(facts, cell_px=conversation.cell_px_by_kernel())
    remember(facts, environment)
    return _with_advice(recall(facts, environment))


def _outside(environment: Mapping[str, str], conversation: Conversation) -> TerminalFacts:
    term = environment.get("TERM", "")
    if term in ("", "dumb", "unknown"):
        return TerminalFacts(reasons=(f"TERM={term or 'not set'} is no terminal for pictures",))
    # These print unknown questions, or are a tmux or screen beyond ssh, which takes them for a title.
    careful = (
        term == "linux" or term.startswith(("screen", "tmux")) or environment.get("TERM_PROGRAM") == "Apple_Terminal"
    )
    answers, rtt_ms = conversation.ask(CAREFUL if careful else PLAIN, lambda one: one.attributes is not None)
    facts = _facts(answers, rtt_ms)
    if careful:
        if term.startswith(("screen", "tmux")):
            return replace(
                facts,
                can=("half", "text"),
                reasons=(f"TERM={term}: a tmux or screen on another machine lies between",),
                better=("run tmux on this machine, inside ssh, to get pictures in it",),
            )
        return replace(facts, reasons=(f"{facts.name or term} shows text only",))
    return replace(facts, can=_protocols(answers, environment), reasons=_reasons(answers, rtt_ms, environment))


def _facts(answers: Answers, rtt_ms: int | None) -> TerminalFacts:
    return TerminalFacts(
        cell_px=answers.cell_px,
        name=answers.name,
        sync=answers.sync,
        truecolor=answers.truecolor or answers.name.startswith(_TRUECOLOR_NAMES),
        rtt_ms=rtt_ms,
        sixel_limit_px=answers.sixel_limit_px,
        sixel_colors=answers.sixel_colors,
        type_ahead=answers.typed,
    )


def _protocols(answers: Answers, environment: Mapping[str, str]) -> tuple[str, ...]:
    """What would work, best first."""
    program = answers.name or environment.get("LC_TERMINAL", "") or environment.get("TERM_PROGRAM", "")
    has_sixel = answers.attributes is not None and 4 in answers.attributes
    iterm = program.startswith(_ITERM_NAMES) or (program.startswith(("xterm.js", "vscode")) and has_sixel)
    # These answer the Kitty question too, but lack parts of it and are faster with JPEG: it is there for who asks.
    found = ["kitty"] if answers.kitty and not iterm else []
    found += ["iterm2"] if iterm else []
    found += ["sixel"] if has_sixel else []
    found += ["kitty"] if answers.kitty and iterm else []
    return (*found, "half", "text")


def _reasons(answers: Answers, rtt_ms: int | None, environment: Mapping[str, str]) -> tuple[str, ...]:
    if answers.attributes is None and not answers.kitty:
        return ("the terminal did not answer; pictures are drawn with what every terminal has",)
    name = answers.name or environment.get("TERM_PROGRAM", "") or "the terminal"
    said = [f"{name} answered" + (f" in {rtt_ms} ms" if rtt_ms is not None else "")]
    said.append("takes Kitty graphics" if answers.kitty else "no Kitty graphics")
    if "iterm2" in _protocols(answers, environment):
        said.append("takes iTerm2 pictures")
    if answers.attributes is not None and 4 in answers.attributes:
        said.append("takes Sixel")
    if answers.cell_px is not None:
        said.append(f"cells of {answers.cell_px} pixels")
    return tuple(said)


def _in_tmux(environment: Mapping[str, str], conversation: Conversation) -> TerminalFacts:
    tmux = _ask_tmux(environment)
    if not tmux.passthrough:
        tmux = _settled(tmux, environment)
        # What tmux says of itself about Sixel holds for the terminal outside only if it was told so.
        sixel = ("sixel",) if "sixel" in tmux.features else ()
        return TerminalFacts(
            tmux=tmux,
            truecolor="RGB" in tmux.features,
            can=(*sixel, "half", "text"),
            reasons=(f"inside tmux {tmux.version}, which keeps pictures from the terminal outside",),
            better=("in ~/.tmux.conf: set -g allow-passthrough on",),
        )
    answers, rtt_ms = conversation.ask(through_tmux(), lambda one: one.status)
    if tmux.attached_s < _SETTLED_S:
        # The terminal answers in order: what tmux had asked for itself it knows by now.
        tmux = _ask_tmux(environment)
    sixel = ("sixel",) if "sixel" in tmux.features else ()
    facts = replace(_facts(answers, rtt_ms), tmux=tmux)
    # Only terminals that know placeholders keep a picture in its pane.
    kitty = ("kitty",) if answers.kitty and answers.name.startswith(_KITTY_NAMES) else ()
    name = answers.name or "the terminal outside"
    reasons = [f"inside tmux {tmux.version}, which passes pictures on"]
    if rtt_ms is None:
        reasons.append("the terminal outside did not answer")
    else:
        reasons.append(f"{name} {'takes' if kitty else 'has no'} Kitty graphics in tmux, answered in {rtt_ms} ms")
        reasons += ["takes Sixel through tmux"] if sixel else []
    truecolor = facts.truecolor or "RGB" in tmux.features
    return replace(facts, can=(*kitty, *sixel, "half", "text"), truecolor=truecolor, reasons=tuple(reasons))


def _settled(tmux: TmuxFacts, environment: Mapping[str, str]) -> TmuxFacts:
    """What a tmux knows of the terminal outside once it had the time to ask; waits only behind a fresh attachment."""
    while tmux.attached_s < _SETTLED_S and not tmux.features & {"sixel", "RGB"}:
        time.sleep(_ASK_AGAIN_S)
        tmux = _ask_tmux(environment)
    return tmux


def _ask_tmux(environment: Mapping[str, str]) -> TmuxFacts:
    """What tmux itself knows; nothing when its command does not answer."""
    fields = "#{version}|#{allow-passthrough}|#{client_termfeatures}|#{client_created}"
    try:
        done = subprocess.run(
            ["tmux", "display-message", "-p", fields],
            env=dict(environment), stdin=subprocess.DEVNULL, capture_output=True, timeout=_TMUX_S, check=True,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return TmuxFacts("", False, frozenset())
    said = (*done.stdout.decode("utf-8", "replace").strip().split("|"), "", "", "", "")
    version, passthrough, features, attached = said[:4]
    # Before 3.3 there was no such option and everything passed.
    allowed = passthrough in ("1", "on", "2", "all") or (passthrough == "" and version != "")
    since_s = time.time() - int(attached) if attached.isdigit() else float("inf")
    return TmuxFacts(safe(version)[:_VERSION_CHARACTERS], allowed, frozenset(features.split(",")), since_s)


def _with_advice(facts: TerminalFacts) -> TerminalFacts:
    better = list(facts.better)
    if facts.protocol in ("half", "text") and not better:
        better.append("kitty, Ghostty, WezTerm or iTerm2 show pictures pixel for pixel")
    return replace(facts, better=tuple(better))
