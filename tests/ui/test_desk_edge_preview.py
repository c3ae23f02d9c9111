"""Another edge of a fix: seen while its width is typed and while the version is written, never decided on."""

from __future__ import annotations

import numpy as np
import pytest

from reviewtui.imaging.decoding import Decoder
from reviewtui.services.edge_preview import loosen_edge
from reviewtui.services.workspace import Workspace
from reviewtui.ui.modes import Mode
from tests.support.reviewed import run_jobs
from tests.support.robot import Robot, ScriptedTerminal, at_desk


def over(desk: Robot) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]] | None:
    """Provisional pixels on the picture."""
    patch = desk.desk.single._patch
    return None if patch is None else patch.rgb


async def look_at_fix(desk: Robot) -> None:
    await desk.keys("j", "Enter")
    await desk.ready(3)


async def test_edge__typed__is_on_the_picture_before_it_is_sent_and_goes_with_escape(
    fixed: Workspace, decoder: Decoder
) -> None:
    async with at_desk(fixed, decoder) as desk:
        await look_at_fix(desk)
        await desk.keys("w", "0")
        await desk.wait_until(lambda: over(desk) is not None)
        exact = over(desk)
        assert exact is not None
        assert np.array_equal(exact, loosen_edge(fixed, decoder, "hero@3").laid(0).rgb)
        await desk.keys("Backspace", "3")
        await desk.wait_until(lambda: (now := over(desk)) is not None and not np.array_equal(now, exact))
        assert not desk.desk.picture.armed, "nobody decides on what is not there yet"
        await desk.keys("Backspace")
        await desk.wait_until(lambda: over(desk) is None)
        await desk.keys("4", "Esc")
        await desk.wait_until(lambda: over(desk) is None)
        await desk.ready(3)
        assert desk.count("job") == 1


async def test_edge__sent__stays_on_the_picture_until_the_version_is_written(
    fixed: Workspace, decoder: Decoder
) -> None:
    async with at_desk(fixed, decoder) as desk:
        await look_at_fix(desk)
        await desk.keys("w", "0", "Enter")
        assert desk.says("another edge, job 2: shown already")
        assert over(desk) is not None
        await desk.pilot.app.run_worker(lambda: run_jobs(fixed), thread=True).wait()
        await desk.wait_until(lambda: desk.mode is Mode.COMPARE)
        await desk.wait_until(lambda: over(desk) is None)
        await desk.ready(4)


@pytest.mark.parametrize("answers", [True, False])
async def test_edge__on_the_picture__is_called_a_preview_and_nobody_decides_on_it(
    fixed: Workspace, decoder: Decoder, answers: bool
) -> None:
    terminal = ScriptedTerminal(answers=answers)
    async with at_desk(fixed, decoder, terminal=terminal, ack_timeout_s=600 if answers else 0.01) as desk:
        await desk.keys("j", "Enter")
        await desk.wait_until(lambda: desk.shows_version(3) and desk.desk.terminal_is_silent is not answers)
        await desk.keys("w", "0", "Enter")
        await desk.wait_until(lambda: over(desk) is not None)
        await desk.settle()
        assert "PREVIEW" in desk.lines[-1]
        await desk.keys("a")
        assert desk.mode is Mode.VIEW
        assert desk.says("not taken", "a preview lies over it")
        assert desk.count("decision") == 0


async def test_edge__command__is_shown_as_well_and_cancelled_it_goes(fixed: Workspace, decoder: Decoder) -> None:
    async with at_desk(fixed, decoder) as desk:
        await look_at_fix(desk)
        await desk.keys(":")
        await desk.type("feather 2")
        await desk.keys("Enter")
        await desk.wait_until(lambda: over(desk) is not None)
        await desk.keys("z")
        await desk.wait_until(lambda: over(desk) is None)
        await desk.ready(3)


async def test_edge__refused__says_so_and_shows_the_version(fixed: Workspace, decoder: Decoder) -> None:
    async with at_desk(fixed, decoder) as desk:
        await look_at_fix(desk)
        await desk.keys("w", "a", "Enter")
        assert desk.says("v3 has this edge already")
        await desk.wait_until(lambda: over(desk) is None)
        await desk.keys("w", "2", "x", "Enter")
        assert desk.says("is no feather")
        await desk.wait_until(lambda: over(desk) is None)
        await desk.ready(3)


async def test_edge__another_version_looked_at__is_not_shown_there(fixed: Workspace, decoder: Decoder) -> None:
    async with at_desk(fixed, decoder) as desk:
        await look_at_fix(desk)
        await desk.keys("w", "0", "Enter", "K")
        await desk.ready(2)
        assert over(desk) is None
