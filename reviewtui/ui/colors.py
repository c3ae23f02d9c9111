"""How many colours the terminal can show, as far as it or the environment tells. Imports nothing of Textual.

ssh does not carry COLORTERM, so a terminal with 16 million colours would get 16 of them, which makes pictures
unreadable.
"""

from collections.abc import Mapping

_TRUE_TERMS = ("xterm-kitty", "alacritty", "foot", "wezterm", "xterm-ghostty", "contour", "konsole")
_TRUE_PROGRAMS = frozenset({"iTerm.app", "WezTerm", "vscode", "ghostty", "Hyper", "mintty", "Tabby"})
_PLAIN_TERMS = ("xterm", "screen", "tmux", "rxvt", "putty", "st")


def color_system(environment: Mapping[str, str], *, seen_truecolor: bool = False) -> str | None:
    """Value for TEXTUAL_COLOR_SYSTEM, or None where Textual's own choice is right.

    Every terminal that calls itself plainly ``xterm``, ``screen`` or ``tmux`` has had 256 colours for decades.

    Args:
        environment: of the process.
        seen_truecolor: the terminal itself was asked and has 16 million colours.
    """
    if environment.get("NO_COLOR") or environment.get("COLORTERM") or environment.get("TEXTUAL_COLOR_SYSTEM"):
        return None
    term = environment.get("TERM", "")
    if seen_truecolor:
        return "truecolor"
    if term.endswith("-direct") or term.startswith(_TRUE_TERMS) or environment.get("TERM_PROGRAM") in _TRUE_PROGRAMS:
        return "truecolor"
    if term.endswith("-256color") or term.split("-")[0] in _PLAIN_TERMS:
        return "256"
    return None
