"""Channels, exposure and the pixel probe: what is read is true, and nothing that looks otherwise is decided on."""

from __future__ import annotations

import asyncio

import pytest

from reviewtui.imaging.decoding import Decoder
from reviewtui.services.ingest import scan
from reviewtui.services.workspace import Workspace
from reviewtui.ui.modes import Mode
from reviewtui.ui.pictures.words_painter import WordsPainter
from tests.support.pictures import write_alpha_png
from tests.support.robot import Robot, at_desk


def expected(desk: Robot, number: int, at: tuple[int, int]) -> tuple[str, str]:
    """Samples and hex code of a pixel."""
    view = desk.desk.state.view
    assert view is not None
    found = view.find_number(number)
    assert found is not None
    red, green, blue = desk.desk.renditions.load_full(found.version)[at[1], at[0]].tolist()
    return f"{red:>3} {green:>3} {blue:>3}", f"#{red:02x}{green:02x}{blue:02x}"


async def look_at_hero(desk: Robot) -> None:
    await desk.keys("j", "Enter")
    assert desk.asset == "hero"
    await desk.ready(3)


@pytest.mark.parametrize(
    ("keys", "words"),
    [("er", "red channel"), ("eg", "green channel"), ("eb", "blue channel"), ("el", "luma channel"),
     ("e+e+", "+1.0 EV"), ("e-", "-0.5 EV"), ("ere+", "red channel +0.5 EV")],
)  # fmt: skip
async def test_tone__not_neutral__is_told_and_refuses_decisions_until_reset(
    fixed: Workspace, decoder: Decoder, keys: str, words: str
) -> None:
    async with at_desk(fixed, decoder) as desk:
        await look_at_hero(desk)
        await desk.keys(*keys)
        await desk.ready()
        assert words in desk.lines[1]
        for key in "aArx":
            await desk.keys(key)
            assert desk.says("not taken", "own look", "e 0"), key
        assert desk.count("decision") == 0
        await desk.keys("e", "0")
        await desk.ready(3)
        assert words not in desk.lines[1]
        await desk.keys("a")
        assert desk.count("decision") == 1


async def test_tone__another_asset__is_seen_as_it_is(fixed: Workspace, decoder: Decoder) -> None:
    async with at_desk(fixed, decoder) as desk:
        await look_at_hero(desk)
        await desk.keys("e", "r", "j")
        assert desk.asset == "lobby"
        assert desk.desk.state.tone.is_neutral


async def test_alpha__with_and_without__is_shown_or_told(plain: Workspace, decoder: Decoder) -> None:
    write_alpha_png(plain.paths.root / "aaa.png")
    scan(plain, decoder)
    async with at_desk(plain, decoder) as desk:
        await desk.keys("g", "g", "Enter")
        assert desk.asset == "aaa"
        await desk.keys("e", "a")
        await desk.ready()
        assert "alpha channel" in desk.lines[1]
        source = desk.desk.picture.source
        assert source is not None
        whole = desk.desk.picture.viewport.box
        assert source.load(whole, whole.size)[0, [0, 319], 0].tolist() == [0, 255]
        await desk.keys("j", "e", "a")
        assert desk.says("no alpha channel", "every pixel is opaque")
        assert desk.desk.state.tone.is_neutral


async def test_probe__moved__reads_the_pixel_and_its_parents(fixed: Workspace, decoder: Decoder) -> None:
    async with at_desk(fixed, decoder) as desk:
        await look_at_hero(desk)
        await desk.keys("P")
        assert desk.mode is Mode.PROBE
        for key in ("h", "k", "up", "left", "J", "L"):
            await desk.keys(key)
            at = desk.desk.state.probe
            assert at is not None
            assert desk.says(f"{at[0]},{at[1]}", *expected(desk, 3, at), "parent v2", *expected(desk, 2, at)), key
        await desk.keys("Esc")
        assert (desk.mode, desk.desk.state.probe) == (Mode.VIEW, None)


async def test_probe__zoomed_in__steps_by_single_pixels_and_stays_in_view(fixed: Workspace, decoder: Decoder) -> None:
    async with at_desk(fixed, decoder, size=(80, 24)) as desk:
        await look_at_hero(desk)
        await desk.keys("P", "8")
        before = desk.desk.state.probe
        assert before is not None
        await desk.keys("l")
        assert desk.desk.state.probe == (before[0] + 1, before[1])
        for key in ("L", "J", "H", "K"):
            for _ in range(10):
                await desk.keys(key)
                at = desk.desk.state.probe
                assert at is not None
                assert desk.desk.picture.viewport.box.contains(*at), (key, at)
        assert desk.desk.state.probe == (0, 0)


async def test_probe__key_held__asks_for_one_pixel_at_a_time(fixed: Workspace, decoder: Decoder) -> None:
    async with at_desk(fixed, decoder) as desk:
        await look_at_hero(desk)
        await desk.keys("P")
        asked: list[tuple[int, int]] = []
        load = desk.desk.probing._load

        def counted(*arguments: object) -> object:
            asked.append(arguments[2])  # type: ignore[arg-type]
            return load(*arguments)  # type: ignore[arg-type]

        desk.desk.probing._load = counted  # type: ignore[method-assign, assignment]
        for _ in range(200):
            desk._send("l")
        await desk.settle()
        await asyncio.sleep(0)
        at = desk.desk.state.probe
        assert at is not None
        assert desk.says(f"{at[0]},{at[1]}", *expected(desk, 3, at))
        assert len(asked) < 200


async def test_zoom__one_to_one__says_what_of_it_can_be_judged(fixed: Workspace, decoder: Decoder) -> None:
    async with at_desk(fixed, decoder) as desk:
        await look_at_hero(desk)
        await desk.keys("1")
        assert desk.says("pixel for pixel, one half cell each")
        await desk.keys("3")
        assert desk.says("each pixel takes 3×3 half cells")
        view = desk.app.desk.single
        view.painters = WordsPainter
        view.change_painter()
        await desk.settle()
        await desk.keys("1")
        assert desk.says("no pixel can be judged")
