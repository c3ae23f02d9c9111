"""The fix sheet: what would be done, before it is sent; every field by keys; nothing is sent unasked."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reviewtui.engines.catalog import PATCH
from reviewtui.engines.diffusers.params import TIER_DEFAULTS, VERB_DEFAULTS, DiffusionParams
from reviewtui.engines.registry import EngineListing
from reviewtui.imaging.decoding import Decoder
from reviewtui.model.geometry import PixelRect, PixelSize
from reviewtui.model.lifecycle import Flaw, Tier, Verb
from reviewtui.model.masks import MaskSpec
from reviewtui.services import annotate, asking, finishing, sheet, suggesting
from reviewtui.services.workspace import Workspace
from reviewtui.ui.modes import Mode
from reviewtui.ui.pictures import OverlayKind
from tests.support.reviewed import run_jobs
from tests.support.robot import Robot, at_desk

SIZE = PixelSize(96, 72)
MODEL = replace(
    PATCH, name="diffusers:m", needs_model=True, verbs=frozenset({Verb.REMOVE, Verb.FIX}), tiers=frozenset(Tier),
    params_type=DiffusionParams, verb_defaults=VERB_DEFAULTS, tier_defaults=TIER_DEFAULTS,
    crop_rules=replace(PATCH.crop_rules, for_model=True),
)  # fmt: skip
SENT = "SELECT verb, engine, tier, candidates, json_extract(params, '$.strength') FROM job ORDER BY id"


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> None:
    """A model that nobody runs, for what can be chosen."""
    both = [EngineListing("patch", True, "", "", PATCH), EngineListing("diffusers:m", True, "", "", MODEL)]
    for module in (asking, finishing, sheet, suggesting):
        monkeypatch.setattr(module, "list_engines", lambda: both)


def write(workspace: Workspace, text: str = "a spot", flaw: Flaw = Flaw.ARTIFACT, x: int = 20) -> None:
    mask = MaskSpec(SIZE, (PixelRect(x, 16, 20, 18),))
    annotate.write_note(workspace, "hero", annotate.NoteRequest(text, flaw, mask=mask))


async def look_at_hero(desk: Robot) -> None:
    await desk.keys("j", "Enter")
    assert desk.asset == "hero"
    await desk.ready(2)


async def test_sheet__of_a_note__says_pixels_edge_and_that_time_is_not_known(
    plain: Workspace, decoder: Decoder
) -> None:
    write(plain)
    async with at_desk(plain, decoder) as desk:
        await look_at_hero(desk)
        await desk.keys(".", "S")
        for words in (
            "fix note 1",
            "remove",
            "h and l turn through 5",
            "patch",
            "0.01 MP sampled of 0.01",
            "edge +8 px",
            "not measured yet",
        ):
            assert words in desk.text, words
        await desk.keys("Esc")
        assert desk.mode is Mode.VIEW
        assert desk.count("job") == 0


async def test_panel__opened_again_with_all_rows_in_view__says_no_place_in_a_list(
    plain: Workspace, decoder: Decoder
) -> None:
    write(plain)
    async with at_desk(plain, decoder) as desk:
        await look_at_hero(desk)
        await desk.keys(".", "S", "Esc", "V")
        await desk.wait_until(lambda: "what shall happen ━" in desk.text and "1/8" not in desk.text)


async def test_sheet__sent_with_two_keys__is_the_fix_of_the_note(plain: Workspace, decoder: Decoder) -> None:
    write(plain)
    async with at_desk(plain, decoder) as desk:
        await look_at_hero(desk)
        await desk.burst(".", "S", "Enter")
        assert desk.rows(SENT) == [("remove", "patch", "final", 1, None)]
        assert desk.mode is Mode.VIEW
        assert desk.says("fix sent, job 1")


@pytest.mark.usefixtures("model")
async def test_sheet__fields__are_walked_turned_and_typed(plain: Workspace, decoder: Decoder) -> None:
    write(plain, "a calm hand", Flaw.HAND)
    async with at_desk(plain, decoder) as desk:
        await look_at_hero(desk)
        await desk.keys(".", "S")
        assert "0.6 (rework)" in desk.text, "usual for a hand"
        assert "usual for hand" in desk.text
        assert "a calm hand" in desk.text, "a note alone is enough"
        assert "15 steps" in desk.text
        await desk.keys("j", "j", "l")
        assert "0.8 (replace)" in desk.text
        assert "20 steps" in desk.text
        await desk.keys("=")
        await desk.type("polish")
        await desk.keys("Enter")
        assert "0.3 (polish)" in desk.text
        await desk.keys("=")
        await desk.type("strong")
        await desk.keys("Enter")
        assert desk.says("no number")
        await desk.keys("j", "j", "j", "j", "l", "j", "l", "l", "Enter")
        assert desk.rows(SENT) == [("fix", "diffusers:m", "draft", 3, 0.3)]


@pytest.mark.usefixtures("model")
async def test_sheet__letters_and_what_no_figure_sees__are_said(plain: Workspace, decoder: Decoder) -> None:
    write(plain, 'the sign says "OPEN"', Flaw.LIGHT)
    async with at_desk(plain, decoder) as desk:
        await look_at_hero(desk)
        await desk.keys(".", "S")
        words = " ".join(desk.text.split())
        assert "OPEN" in words
        assert "t real text" in words
        assert "shadows" in words


@pytest.mark.usefixtures("model")
async def test_sheet__wordings__are_jobs_beside_each_other(plain: Workspace, decoder: Decoder) -> None:
    write(plain, "x", Flaw.HAND)
    async with at_desk(plain, decoder) as desk:
        await look_at_hero(desk)
        await desk.keys(".", "S", "j", "=", "Backspace")
        await desk.type("red|green")
        await desk.keys("Enter", "Enter")
        prompts = desk.rows("SELECT json_extract(params, '$.prompt') FROM job ORDER BY id")
        assert prompts == [("red",), ("green",)]


async def test_sheet__from_mark__writes_the_note_with_its_fix_or_keeps_the_region(
    plain: Workspace, decoder: Decoder
) -> None:
    async with at_desk(plain, decoder) as desk:
        await look_at_hero(desk)
        await desk.keys("d", "Space", "Space", "e")
        assert "fix this region" in desk.text
        await desk.keys("Esc")
        assert desk.count("note") == 0
        assert desk.desk.state.marking is not None
        await desk.keys("t", "a", "e", "Enter")
        assert desk.mode is Mode.VIEW
        assert desk.rows("SELECT flaw, state FROM note") == [("artifact", "fixing")]
        assert desk.rows(SENT) == [("remove", "patch", "final", 1, None)]


async def test_sheet__several_notes_chosen__are_fixed_one_after_the_other(plain: Workspace, decoder: Decoder) -> None:
    write(plain)
    write(plain, "another", x=60)
    async with at_desk(plain, decoder) as desk:
        await look_at_hero(desk)
        await desk.keys("B", "Space", "Space")
        assert desk.text.count("▣ artifact") == 2
        await desk.keys("S")
        assert "fix notes 1, 2" in desk.text
        await desk.keys("Enter")
        assert desk.says("then 1 more on its result")
        await desk.pilot.app.run_worker(lambda: run_jobs(plain), thread=True).wait()
        await desk.settle()
        assert desk.rows("SELECT note_id, state FROM job ORDER BY id") == [(1, "succeeded"), (2, "succeeded")]
        assert desk.rows("SELECT state FROM note") == [("to_verify",), ("to_verify",)]


async def test_sheet__help_and_another_asset__leave_it_whole_or_leave_it(plain: Workspace, decoder: Decoder) -> None:
    write(plain)
    async with at_desk(plain, decoder) as desk:
        await look_at_hero(desk)
        await desk.keys(".", "S", "?")
        assert "next field" in desk.text
        await desk.keys("Esc")
        assert "edge +8 px" in desk.text
        await desk.resize(100, 30)
        assert "edge +8 px" in " ".join(entry.words.plain.strip() for entry in desk.desk.panel._entries)
        await desk.keys("Esc", "j")
        assert desk.asset == "lobby"


# What a fix that is there can still become


async def test_final__nothing_better_here__says_so(fixed: Workspace, decoder: Decoder) -> None:
    async with at_desk(fixed, decoder) as desk:
        await desk.keys("j", "Enter")
        await desk.ready(3)
        await desk.keys("E")
        assert desk.says("nothing here is known to remove better than patch did")


@pytest.mark.usefixtures("model")
async def test_final__asked_for__is_the_same_with_the_better_engine(fixed: Workspace, decoder: Decoder) -> None:
    async with at_desk(fixed, decoder) as desk:
        await desk.keys("j", "Enter")
        await desk.ready(3)
        await desk.keys("E")
        assert desk.says("final by diffusers:m, job 2", "same mask, prompt and seed")
        first, second = desk.rows("SELECT version_id, mask_id, seed FROM job ORDER BY id")
        assert first == second


async def test_edge__changed_afterwards__lands_as_a_sibling_and_is_compared(fixed: Workspace, decoder: Decoder) -> None:
    async with at_desk(fixed, decoder) as desk:
        await desk.keys("j", "Enter")
        await desk.ready(3)
        await desk.keys("w")
        await desk.type("0")
        await desk.keys("Enter")
        assert desk.says("another edge, job 2")
        await desk.pilot.app.run_worker(lambda: run_jobs(fixed), thread=True).wait()
        await desk.wait_until(lambda: desk.mode is Mode.COMPARE)
        assert desk.says("the other edge landed as v4", "y makes it head")
        assert desk.rows("SELECT op FROM lineage ORDER BY child_id DESC LIMIT 1") == [("repaste",)]
        await desk.wait_until(lambda: desk.shows_version(4))
        await desk.keys("Space")
        await desk.wait_until(lambda: desk.shows_version(3))


@pytest.mark.usefixtures("model")
async def test_sheet__of_a_drawn_region__the_ring_ends_where_the_fix_in_the_sheet_will_end(
    plain: Workspace, decoder: Decoder
) -> None:
    async with at_desk(plain, decoder) as desk:
        await look_at_hero(desk)

        def ring() -> PixelRect:
            [found] = [one.rect for one in desk.desk.marking.overlays() if one.kind is OverlayKind.RING]
            return found

        await desk.keys("d", "=", *"20,16,20,18", "Enter")
        region = PixelRect(20, 16, 20, 18)
        await desk.wait_until(lambda: desk.says("edge +8 px automatic"))
        await desk.keys("e", "j", "l", "l")
        await desk.wait_until(lambda: desk.says("edge +4 px ·"))
        assert ring() == region.grown(4)
        await desk.keys("0", "k", "l")
        assert "fix" in desk.text
        await desk.wait_until(lambda: desk.desk.fixing.drawn_edge_px not in {None, 4, 8})
        wide_px = desk.desk.fixing.drawn_edge_px
        assert wide_px is not None
        assert desk.says(f"edge +{wide_px} px automatic")
        assert ring() == region.grown(wide_px).clamped(SIZE)
        await desk.keys("Esc")
        assert desk.mode is Mode.MARK
        assert desk.says("edge +8 px automatic")
        assert ring() == region.grown(8)
