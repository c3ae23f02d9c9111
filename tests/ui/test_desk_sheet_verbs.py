"""The fix sheet for every verb: its fields follow the verb, it says what becomes of the region, and sends it."""

from __future__ import annotations

import pytest

from reviewtui.detectors.boxes import Box
from reviewtui.engines.catalog import COLOR, LANCZOS, PATCH, TEXT
from reviewtui.engines.registry import EngineListing
from reviewtui.imaging.decoding import Decoder
from reviewtui.model.geometry import PixelRect, PixelSize
from reviewtui.model.lifecycle import Flaw
from reviewtui.model.masks import MaskSpec
from reviewtui.services import annotate, asking, detecting, sheet, suggesting
from reviewtui.services.browse import show_asset
from reviewtui.services.workspace import Workspace
from reviewtui.ui.modes import Mode
from tests.support.reviewed import run_jobs
from tests.support.robot import Robot, at_desk
from tests.ui.test_desk_fix_sheet import look_at_hero
from tests.unit.test_fix_form import MODEL

MASK = MaskSpec(PixelSize(96, 72), (PixelRect(16, 12, 60, 40),))


def write(workspace: Workspace, text: str = "a spot", flaw: Flaw = Flaw.ARTIFACT) -> int:
    return annotate.write_note(workspace, "hero", annotate.NoteRequest(text, flaw, mask=MASK)).note_id


async def open_sheet(desk: Robot, verb: str) -> None:
    """The sheet of the first note, turned to a verb by typing its name."""
    await look_at_hero(desk)
    await desk.keys(".", "S", "=")
    await desk.type(verb)
    await desk.keys("Enter")


def words(desk: Robot) -> str:
    return " ".join(" ".join(line.split("│")[-1] for line in desk.lines).split())


@pytest.mark.parametrize(
    ("verb", "said"),
    [
        ("outpaint", ("ratio 16:9", "anchor center", "about the whole picture", "outpaint to 16:9, 128×72", "0.01 MP")),
        ("upscale", ("factor 2", "about the whole picture", "upscale 2 times, 192×144", "lanczos")),
        ("recolor", ("to as it is", "amount 1", "exposure 0", "MP sampled of 0.01", "color")),
        ("overlay", ("text –", "✗ the text is empty", "the letters stand inside what is marked")),
    ],
)
async def test_sheet__verb_turned_to__has_its_fields_and_says_what_it_will_do(
    plain: Workspace, decoder: Decoder, verb: str, said: tuple[str, ...]
) -> None:
    write(plain)
    async with at_desk(plain, decoder) as desk:
        await open_sheet(desk, verb)
        for one in said:
            await desk.wait_until(lambda one=one: one in words(desk), one)  # type: ignore[misc]


async def test_sheet__outpaint_sent__keeps_the_region_on_the_note(plain: Workspace, decoder: Decoder) -> None:
    write(plain)
    async with at_desk(plain, decoder) as desk:
        await open_sheet(desk, "outpaint")
        await desk.keys("j", "=")
        await desk.type("1:1")
        await desk.keys("Enter", "j", "l", "Enter")
        assert desk.says("outpaint sent, job 1")
        await desk.pilot.app.run_worker(lambda: run_jobs(plain), thread=True).wait()
        made = show_asset(plain, "hero").versions[-1].version
        assert (made.size, made.op) == (PixelSize(96, 96), "outpaint")
        assert desk.rows("SELECT json_extract(params, '$.anchor') FROM job") == [("left",)]


async def test_sheet__overlay_of_a_drawn_region__stands_in_it(plain: Workspace, decoder: Decoder) -> None:
    async with at_desk(plain, decoder) as desk:
        await look_at_hero(desk)
        await desk.keys("d", "=", *"16,12,60,40", "Enter", "e", "=")
        await desk.type("overlay")
        await desk.keys("Enter", "j", "=")
        await desk.type("NEW")
        await desk.keys("Enter", "j", "=")
        await desk.type("16")
        await desk.keys("Enter")
        await desk.wait_until(lambda: "the letters take" in words(desk))
        await desk.keys("Enter")
        assert desk.mode is Mode.VIEW
        assert desk.says("overlay sent, job 1")
        await desk.pilot.app.run_worker(lambda: run_jobs(plain), thread=True).wait()
        assert show_asset(plain, "hero").versions[-1].version.op == "overlay"


async def test_sheet__recolor_sent__is_graded_inside_the_region(plain: Workspace, decoder: Decoder) -> None:
    write(plain)
    async with at_desk(plain, decoder) as desk:
        await open_sheet(desk, "recolor")
        await desk.keys("j", "=")
        await desk.type("reddish")
        await desk.keys("Enter")
        assert desk.says("is no color")
        await desk.keys("=")
        await desk.type("#c02030")
        await desk.keys("Enter")
        await desk.wait_until(lambda: "recolor to #c02030" in words(desk))
        await desk.keys("Enter")
        assert desk.says("fix sent, job 1", "only the marked region")
        assert desk.rows("SELECT verb, engine FROM job") == [("recolor", "color")]


async def test_sheet__background__says_which_subject_is_kept(
    plain: Workspace, decoder: Decoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    listings = [EngineListing(one.name, True, "", "", one) for one in (PATCH, COLOR, TEXT, LANCZOS, MODEL)]
    for module in (asking, sheet, suggesting):
        monkeypatch.setattr(module, "list_engines", lambda: listings)
    monkeypatch.setattr(detecting, "detect", lambda *_, **__: [Box(0.25, 0.25, 0.75, 1.0, 0.9)])
    monkeypatch.setattr(detecting, "_remembered", type(detecting._remembered)())
    write(plain)
    async with at_desk(plain, decoder) as desk:
        await open_sheet(desk, "background")
        await desk.wait_until(lambda: "kept: 48×54 px at 24,18" in words(desk))
        assert "the subject is looked for and kept" in words(desk)
        assert [one.rect for one in desk.desk.picture._overlays if one.label == "kept"] == [PixelRect(24, 18, 48, 54)]
        await desk.keys("j", "l")
        await desk.wait_until(lambda: "kept: 60×40 px at 16,12" in words(desk))
        assert "what is marked is kept, all around it is redone" in words(desk)
        await desk.keys("h", "Enter")
        assert desk.says("background sent, job 1")
        [(spec,)] = desk.rows("SELECT spec FROM mask ORDER BY id DESC LIMIT 1")
        assert '"invert":true' in spec.replace(" ", "")


async def test_sheet__real_text__is_a_plate_and_the_letters_and_can_be_set_anew(
    plain: Workspace, decoder: Decoder
) -> None:
    write(plain, 'a sign that says "OPEN"')
    async with at_desk(plain, decoder) as desk:
        await look_at_hero(desk)
        await desk.keys(".", "S")
        assert "t removes what is there and sets 'OPEN'" in words(desk)
        await desk.keys("t")
        assert desk.says("a clean plate is sent, then 'OPEN' as real text on it, job 1")
        await desk.pilot.app.run_worker(lambda: run_jobs(plain), thread=True).wait()
        await desk.knows("hero", 4)
        assert desk.rows("SELECT verb FROM job ORDER BY id") == [("remove",), ("overlay",)]
        await desk.keys("g", "h", "S")
        assert "the text is set anew on v3" in words(desk)
        assert "the letters of v4 go" in words(desk)
        await desk.keys("j", "=", "ctrl+u")
        await desk.type("SHUT")
        await desk.keys("Enter", "Enter")
        assert desk.says("overlay sent, job 3")
        await desk.pilot.app.run_worker(lambda: run_jobs(plain), thread=True).wait()
        view = show_asset(plain, "hero")
        assert (view.asset.head_number, view.versions[-1].version.parent_number) == (5, 3)
        assert view.jobs[0].params["text"] == "SHUT"


async def test_sheet__nothing_in_quotes__has_no_letters_to_set(plain: Workspace, decoder: Decoder) -> None:
    write(plain, "a sign")
    async with at_desk(plain, decoder) as desk:
        await look_at_hero(desk)
        await desk.keys(".", "S", "t")
        assert desk.says("nothing stands in quotes")
        assert desk.count("job") == 0


async def test_sheet__real_text_of_a_drawn_region__writes_note_and_plate_together(
    plain: Workspace, decoder: Decoder
) -> None:
    async with at_desk(plain, decoder) as desk:
        await look_at_hero(desk)
        await desk.keys("d", "=", *"16,12,60,40", "Enter", ";")
        await desk.type('"OPEN"')
        await desk.keys("Esc", "e", "t")
        assert desk.mode is Mode.VIEW
        assert desk.says("a clean plate is sent, then 'OPEN'")
        assert (desk.count("note"), desk.count("job")) == (1, 1)
