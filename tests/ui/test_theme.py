"""Text that nobody can read, or a theme that crashes the desk, would be lost on every screen."""

import pytest
from rich.cells import cell_len
from textual.app import App, ComposeResult
from textual.color import Color
from textual.widgets import Button, Input, Static

from reviewtui.model.lifecycle import AssetStatus, JobState, NoteState, Verdict
from reviewtui.ui import theme
from reviewtui.ui.theme import JOB_LOOK, NOTE_LOOK, STATUS_LOOK, THEMES, VERDICT_LOOK, register_themes, role_style


def _luminance(color: str) -> float:
    def linear(channel: int) -> float:
        value = channel / 255
        return value / 12.92 if value <= 0.03928 else float(((value + 0.055) / 1.055) ** 2.4)

    parsed = Color.parse(color)
    return 0.2126 * linear(parsed.r) + 0.7152 * linear(parsed.g) + 0.0722 * linear(parsed.b)


def _contrast(one: str, other: str) -> float:
    bright, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


@pytest.mark.parametrize(("name", "least"), [("dark", 4.5), ("light", 4.5), ("high-contrast", 7.0)])
@pytest.mark.parametrize("role", theme.TEXT_ROLES)
def test_theme__text_role_on_every_background__reads(name: str, least: float, role: str) -> None:
    chosen = THEMES[name]
    for background in (chosen.background, chosen.surface, chosen.panel, chosen.variables["role-cursor"]):
        assert background is not None
        assert _contrast(chosen.variables[f"role-{role}"], background) >= least, background


@pytest.mark.parametrize("name", ["dark", "light", "high-contrast"])
def test_theme__chrome__is_neutral_grey(name: str) -> None:
    variables = THEMES[name].variables
    for color in (THEMES[name].background, THEMES[name].panel, variables["role-rule"], variables["role-cursor"]):
        parsed = Color.parse(str(color))
        assert parsed.r == parsed.g == parsed.b


def test_theme__terminal__uses_the_palette_of_the_terminal_only() -> None:
    assert all(
        value.startswith("ansi_") for name, value in THEMES["terminal"].variables.items() if not name.endswith("-style")
    )


def test_looks__every_state__has_one_glyph_of_one_cell_and_a_role_that_exists() -> None:
    assert set(STATUS_LOOK) == set(AssetStatus)
    assert set(NOTE_LOOK) == set(NoteState)
    assert set(JOB_LOOK) == set(JobState)
    assert set(VERDICT_LOOK) == set(Verdict)
    for look in [*STATUS_LOOK.values(), *NOTE_LOOK.values(), *JOB_LOOK.values(), *VERDICT_LOOK.values()]:
        assert cell_len(look.glyph) == 1
        assert cell_len(look.letter) <= 2
        assert look.role in theme.TEXT_ROLES
    assert len({(look.glyph, look.letter) for look in STATUS_LOOK.values()}) == len(STATUS_LOOK)


class _ThemedApp(App[None]):
    CSS = "Static { color: $role-muted; border-bottom: solid $role-rule; }"

    def __init__(self) -> None:
        super().__init__()
        register_themes(self)

    def compose(self) -> ComposeResult:
        yield Static("text")
        yield Input()
        yield Button("go")


@pytest.mark.parametrize("name", list(THEMES))
async def test_themes__each_in_turn__style_every_widget(name: str) -> None:
    app = _ThemedApp()
    async with app.run_test() as pilot:
        assert set(app.available_themes) == set(THEMES)
        app.theme = name
        await pilot.pause()
        assert app.current_theme.name == name
        assert role_style(app, "void", on="cursor", bold=True).bold
