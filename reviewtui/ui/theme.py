"""How the desk looks: four themes, and what each state of the model looks like.

Chrome is neutral grey because pictures are judged next to it; one accent marks the focus; a status has one hue and
always a glyph, so that it reads without colour. Must not draw anything and must not know a widget.

A *role* is a name such as ``approved`` or ``muted``. In CSS it is the variable ``$role-approved``; widgets that draw
segments ask ``role_style``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from rich.style import Style
from textual.app import App
from textual.color import Color
from textual.theme import Theme

from reviewtui.model.lifecycle import AssetStatus, JobState, NoteState, Verdict


@dataclass(frozen=True, slots=True)
class Look:
    """What a state looks like.

    Attributes:
        glyph: one cell that tells the state by its shape.
        letter: what lists print at the right edge, at most two cells; may be empty.
        words: the state in words.
        role: name of its hue.
    """

    glyph: str
    letter: str
    words: str
    role: str

    @property
    def style(self) -> str:
        """Style for Textual content, such as ``$role-approved``."""
        return f"$role-{self.role}"


STATUS_LOOK: dict[AssetStatus, Look] = {
    AssetStatus.OMITTED: Look("–", "–", "omitted", "muted"),
    AssetStatus.HOLD: Look("=", "H", "on hold", "muted"),
    AssetStatus.VOID: Look("!", "!", "void: the approved bytes changed", "void"),
    AssetStatus.DELIVERED: Look("✓", "D", "delivered", "muted"),
    AssetStatus.APPROVED: Look("✓", "", "approved", "approved"),
    AssetStatus.FIXING: Look("◐", "F", "fixing", "fixing"),
    AssetStatus.TO_VERIFY: Look("◆", "V", "to verify", "verify"),
    AssetStatus.CHANGES_REQUESTED: Look("↻", "R", "changes requested", "changes"),
    AssetStatus.IN_REVIEW: Look("○", "I", "in review", "waiting"),
    AssetStatus.WAITING: Look("●", "W", "waiting", "waiting"),
    AssetStatus.FOUND: Look("·", "", "found, no version yet", "muted"),
}

NOTE_LOOK: dict[NoteState, Look] = {
    NoteState.OPEN: Look("○", "O", "open", "changes"),
    NoteState.FIXING: Look("◐", "F", "fixing", "fixing"),
    NoteState.TO_VERIFY: Look("◆", "V", "to verify", "verify"),
    NoteState.CLOSED: Look("✓", "C", "closed", "muted"),
    NoteState.WONT_FIX: Look("–", "–", "won't fix", "muted"),
    NoteState.REOPENED: Look("↻", "R", "reopened", "changes"),
}

JOB_LOOK: dict[JobState, Look] = {
    JobState.QUEUED: Look("◌", "Q", "queued", "muted"),
    JobState.RUNNING: Look("▶", "F", "running", "fixing"),
    JobState.SUCCEEDED: Look("✓", "S", "landed", "approved"),
    JobState.FAILED: Look("✗", "X", "failed", "void"),
    JobState.CANCELLED: Look("–", "–", "cancelled", "muted"),
}

VERDICT_LOOK: dict[Verdict, Look] = {
    Verdict.APPROVED: Look("✓", "A", "approved", "approved"),
    Verdict.APPROVED_WITH_CHANGES: Look("≈", "A~", "approved with changes", "approved"),
    Verdict.CHANGES_REQUESTED: Look("↻", "R", "changes requested", "changes"),
    Verdict.REJECTED: Look("✗", "X", "rejected", "void"),
}

LAMP_LOOK: dict[str, Look] = {
    "painted": Look("✓", "", "PAINTED", "approved"),
    "painting": Look("…", "", "PAINTING", "muted"),
    "preview": Look("…", "", "PREVIEW", "fixing"),
    "stale": Look("!", "", "STALE", "changes"),
    "silent": Look("?", "", "SILENT", "changes"),
}

TEXT_ROLES = ("text", "muted", "accent", "approved", "changes", "void", "fixing", "verify", "waiting")
"""Roles that carry text; each reads at 4.5:1 or better on every background of its theme."""

LINE_ROLES = ("rule",)
"""Roles for thin rules only."""

DEFAULT_THEME = "dark"


@dataclass(frozen=True, slots=True)
class _Palette:
    """The few colours that a theme is made of."""

    background: str
    surface: str
    panel: str
    cursor: str
    rule: str
    roles: Mapping[str, str]


_DARK = _Palette(
    background="#161616",
    surface="#161616",
    panel="#1f1f1f",
    cursor="#2c2c2c",
    rule="#3a3a3a",
    roles={
        "text": "#d4d4d4",
        "muted": "#969696",
        "accent": "#8fb8e8",
        "approved": "#86b97f",
        "changes": "#d9a35c",
        "void": "#e2817c",
        "fixing": "#b09be0",
        "verify": "#63b6b6",
        "waiting": "#f2f2f2",
    },
)
_LIGHT = _Palette(
    background="#f1f1f1",
    surface="#f1f1f1",
    panel="#e7e7e7",
    cursor="#dadada",
    rule="#c2c2c2",
    roles={
        "text": "#262626",
        "muted": "#595959",
        "accent": "#174f96",
        "approved": "#2a6129",
        "changes": "#7d4b00",
        "void": "#a02a25",
        "fixing": "#5d3ea8",
        "verify": "#07595c",
        "waiting": "#0d0d0d",
    },
)
_CONTRAST = _Palette(
    background="#000000",
    surface="#000000",
    panel="#0d0d0d",
    cursor="#262626",
    rule="#808080",
    roles={
        "text": "#ffffff",
        "muted": "#c4c4c4",
        "accent": "#9fd0ff",
        "approved": "#8ee68a",
        "changes": "#ffc46b",
        "void": "#ff9d97",
        "fixing": "#d2c0ff",
        "verify": "#7fe3e3",
        "waiting": "#ffffff",
    },
)
_TERMINAL_ROLES: Mapping[str, str] = {
    "text": "ansi_default",
    "muted": "ansi_bright_black",
    "accent": "ansi_blue",
    "approved": "ansi_green",
    "changes": "ansi_yellow",
    "void": "ansi_red",
    "fixing": "ansi_magenta",
    "verify": "ansi_cyan",
    "waiting": "ansi_default",
    "rule": "ansi_bright_black",
    "cursor": "ansi_default",
}


def _chrome(palette: _Palette) -> dict[str, str]:
    """Variables that keep Textual's own widgets as quiet as ours."""
    roles = palette.roles
    return {
        **{f"role-{name}": color for name, color in roles.items()},
        "role-rule": palette.rule,
        "role-cursor": palette.cursor,
        "text": roles["text"],
        "text-muted": roles["muted"],
        "text-disabled": roles["muted"],
        "border": roles["accent"],
        "border-blurred": palette.rule,
        "block-cursor-foreground": roles["text"],
        "block-cursor-background": palette.cursor,
        "block-cursor-text-style": "none",
        "block-cursor-blurred-foreground": roles["text"],
        "block-cursor-blurred-background": palette.panel,
        "input-cursor-background": roles["text"],
        "input-cursor-foreground": palette.background,
        "input-selection-background": palette.rule,
        "footer-background": palette.background,
        "footer-foreground": roles["muted"],
        "footer-description-foreground": roles["muted"],
        "footer-description-background": palette.background,
        "footer-key-foreground": roles["text"],
        "footer-key-background": palette.background,
        "footer-item-background": palette.background,
        "scrollbar": palette.rule,
        "scrollbar-hover": roles["muted"],
        "scrollbar-active": roles["muted"],
        "scrollbar-background": palette.background,
        "scrollbar-background-hover": palette.background,
        "scrollbar-background-active": palette.background,
        "scrollbar-corner-color": palette.background,
        "link-color": roles["accent"],
    }


def _theme(name: str, palette: _Palette, *, dark: bool) -> Theme:
    roles = palette.roles
    return Theme(
        name=name,
        primary=roles["accent"],
        secondary=roles["muted"],
        accent=roles["accent"],
        foreground=roles["text"],
        background=palette.background,
        surface=palette.surface,
        panel=palette.panel,
        boost=palette.panel,
        success=roles["approved"],
        warning=roles["changes"],
        error=roles["void"],
        dark=dark,
        variables=_chrome(palette),
    )


def _terminal_theme() -> Theme:
    return Theme(
        name="terminal",
        primary="ansi_blue",
        secondary="ansi_bright_black",
        accent="ansi_blue",
        foreground="ansi_default",
        background="ansi_default",
        surface="ansi_default",
        panel="ansi_default",
        boost="ansi_default",
        success="ansi_green",
        warning="ansi_yellow",
        error="ansi_red",
        ansi=True,
        variables={
            **{f"role-{name}": color for name, color in _TERMINAL_ROLES.items()},
            "ansi-background": "ansi_default",
            "ansi-foreground": "ansi_default",
            "border": "ansi_blue",
            "border-blurred": "ansi_bright_black",
            "block-cursor-background": "ansi_default",
            "block-cursor-text-style": "reverse",
            "scrollbar": "ansi_bright_black",
            "scrollbar-background": "ansi_default",
            "scrollbar-background-hover": "ansi_default",
            "scrollbar-background-active": "ansi_default",
            "footer-key-foreground": "ansi_default",
        },
    )


THEMES: dict[str, Theme] = {
    "dark": _theme("dark", _DARK, dark=True),
    "light": _theme("light", _LIGHT, dark=False),
    "high-contrast": _theme("high-contrast", _CONTRAST, dark=True),
    "terminal": _terminal_theme(),
}


def register_themes(app: App[Any], name: str = DEFAULT_THEME) -> None:
    """Give an app the desk's themes, and only those. Call at the end of the app's ``__init__``.

    Stylesheets are read before the app is mounted and name variables that Textual's own themes lack.

    Args:
        app: the app.
        name: key of ``THEMES``; an unknown name gives the default.
    """
    for theme in THEMES.values():
        app.register_theme(theme)
    app.theme = name if name in THEMES else DEFAULT_THEME
    for other in set(app.available_themes) - set(THEMES):
        app.unregister_theme(other)


def role_style(app: App[Any], role: str, *, on: str | None = None, bold: bool = False) -> Style:
    """Style of a role in the app's present theme, for widgets that draw segments. Event loop only.

    Args:
        app: the app.
        role: one of ``TEXT_ROLES`` or ``LINE_ROLES``.
        on: role of the background such as ``cursor``, or None for none.
        bold: whether it is bold.
    """
    variables = app.theme_variables
    return _style(variables[f"role-{role}"], None if on is None else variables[f"role-{on}"], bold)


@lru_cache(256)
def _style(color: str, background: str | None, bold: bool) -> Style:
    return Style(
        color=Color.parse(color).rich_color,
        bgcolor=None if background is None else Color.parse(background).rich_color,
        bold=bold or None,
    )
