"""Ctrl-p: the commands of ``:`` in a list beside the picture, which stays whole."""

from __future__ import annotations

from reviewtui.imaging.decoding import Decoder
from reviewtui.services.workspace import Workspace
from reviewtui.ui.modes import Mode
from tests.support.robot import Robot, at_desk


async def open_palette(desk: Robot) -> None:
    await desk.ready()
    await desk.keys("ctrl+p")


async def test_palette__opened__lists_commands_and_covers_no_picture(plain: Workspace, decoder: Decoder) -> None:
    async with at_desk(plain, decoder) as desk:
        await open_palette(desk)
        await desk.wait_until(lambda: "request changes; asks what" in desk.text)
        assert desk.app.screen is desk.desk
        assert desk.desk.picture.region.right <= desk.desk.panel.region.x


async def test_palette__word_of_a_help_line__leaves_what_fits(plain: Workspace, decoder: Decoder) -> None:
    async with at_desk(plain, decoder) as desk:
        await open_palette(desk)
        await desk.type("newest")

        await desk.wait_until(lambda: "jobs, newest first" in desk.text)
        await desk.wait_until(lambda: "request changes; asks what" not in desk.text)


async def test_palette__enter__runs_the_first_that_fits(plain: Workspace, decoder: Decoder) -> None:
    async with at_desk(plain, decoder) as desk:
        await open_palette(desk)
        await desk.type("newest")
        await desk.keys("Enter")

        assert desk.mode is Mode.PANEL
        await desk.wait_until(lambda: "no jobs yet" in desk.text)


async def test_palette__escape__leaves_the_picture_painted_again(plain: Workspace, decoder: Decoder) -> None:
    async with at_desk(plain, decoder) as desk:
        await open_palette(desk)
        await desk.keys("Esc")
        await desk.ready()

        assert desk.mode is Mode.BROWSE
        assert not desk.desk.has_class("-panel")
