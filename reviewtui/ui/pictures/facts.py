"""What is known of the terminal before anything is drawn. Imports neither Textual nor an imaging library."""

from dataclasses import dataclass

from reviewtui.model.geometry import PixelSize

PROTOCOLS = ("kitty", "iterm2", "sixel", "half", "text")
"""Ways to show a picture, the best first."""

PROTOCOL_NAMES = {
    "kitty": "Kitty graphics",
    "iterm2": "iTerm2 pictures",
    "sixel": "Sixel",
    "half": "half cells",
    "text": "words",
}
"""What people call them."""


@dataclass(frozen=True, slots=True)
class TmuxFacts:
    """The tmux between the program and the terminal.

    Attributes:
        version: such as ``3.3a``; empty when it does not say.
        passthrough: whether it hands on what is wrapped for the terminal outside.
        features: what it knows of the terminal outside, such as ``RGB`` and ``sixel``.
        attached_s: since the terminal outside attached to it; tmux may not know its features yet when that is short.
    """

    version: str
    passthrough: bool
    features: frozenset[str]
    attached_s: float = float("inf")


@dataclass(frozen=True, slots=True)
class TerminalFacts:
    """What the terminal can do, and why that is believed.

    Attributes:
        can: picture protocols that would work, best first; ``half`` and ``text`` are always among them.
        cell_px: size of one character cell in pixels; None when the terminal does not tell.
        name: what the terminal calls itself, made harmless; empty when it does not.
        sync: whether it draws all at once what is written between two marks.
        truecolor: whether it was seen to have 16 million colours; False means not known.
        tmux: None outside tmux.
        rtt_ms: from the question to the last answer; None for a silent terminal.
        sixel_limit_px: largest Sixel picture; None when it does not tell.
        sixel_colors: colour registers of Sixel pictures; None when it does not tell.
        reasons: what was found, in words.
        better: what would be better, in words; empty when nothing would.
        type_ahead: what the reviewer typed meanwhile; belongs to the app.
    """

    can: tuple[str, ...] = ("half", "text")
    cell_px: PixelSize | None = None
    name: str = ""
    sync: bool = False
    truecolor: bool = False
    tmux: TmuxFacts | None = None
    rtt_ms: int | None = None
    sixel_limit_px: PixelSize | None = None
    sixel_colors: int | None = None
    reasons: tuple[str, ...] = ()
    better: tuple[str, ...] = ()
    type_ahead: bytes = b""

    @property
    def protocol(self) -> str:
        """The best protocol for it."""
        return self.can[0]

    def choose(self, wanted: str, available: tuple[str, ...]) -> str:
        """The protocol to use.

        Args:
            wanted: a protocol, which is taken at its word, or ``auto``.
            available: protocols that this program can draw.
        """
        if wanted in PROTOCOLS and wanted in available:
            return wanted
        return next((one for one in self.can if one in available), "half")

    def why_not(self, protocol: str) -> str:
        """Why the terminal cannot show pictures that way, in words; empty when it can."""
        words = PROTOCOL_NAMES[protocol]
        if protocol == "sixel" and "sixel" in self.can and self.cell_px is None:
            return "Sixel needs the size of a character cell, which the terminal does not tell"
        if protocol in self.can:
            return ""
        if self.tmux is not None and (protocol != "kitty" or not self.tmux.passthrough):
            return f"tmux keeps {words} from the terminal outside"
        if self.rtt_ms is None:
            return f"the terminal never said that it takes {words}"
        return f"{self.name or 'the terminal'} does not take {words}"

    def shown_by(self, wanted: str, available: tuple[str, ...]) -> tuple[str, str]:
        """The protocol that pictures are really drawn with, and why it is not the one that is wanted.

        A wish is taken at its word unless nothing would be seen: tmux hands on only what it knows, and Sixel needs the
        size of a cell.

        Args:
            wanted: a protocol, or ``auto``.
            available: protocols that this program can draw.

        Returns:
            The protocol, and a reason in words or "".
        """
        chosen = self.choose(wanted, available)
        if chosen not in ("iterm2", "sixel") or not (reason := self.why_not(chosen)):
            return chosen, ""
        is_lost = self.tmux is not None or (chosen == "sixel" and self.cell_px is None)
        if not is_lost:
            return chosen, ""
        # What the terminal was found to do otherwise; Sixel without a size of cells is no choice.
        others = [one for one in self.can if one in available and one != chosen]
        return next((one for one in others if not self.why_not(one)), "half"), reason
