"""The first look: the queue before the desk, and keys that arrive before there is anything to press."""

from __future__ import annotations

from textual.geometry import Size

from reviewtui.imaging.decoding import Decoder
from reviewtui.services.workspace import Workspace
from reviewtui.ui.screens.first import FirstLook
from tests.support.robot import PatientApp, Robot, ScriptedTerminal


def text_of(app: PatientApp) -> str:
    return "\n".join(strip.text for strip in app.screen._compositor.render_strips(Size(*app.size)))


class SlowApp(PatientApp):
    """Its desk is read from disk when it is told to."""

    def _wake(self) -> None:
        """Not yet."""

    def wake(self) -> None:
        super()._wake()


async def test_first_look__before_the_desk__shows_the_queue_and_who_reviews(plain: Workspace, decoder: Decoder) -> None:
    app = SlowApp(plain, decoder, 600.0)
    app.picture_acknowledger = ScriptedTerminal()
    async with app.run_test(size=(124, 40)) as pilot:
        await pilot.pause()

        assert isinstance(app.screen, FirstLook)
        assert all(key in text_of(app) for key in ("alley", "hero", "pier", plain.actor.name, plain.paths.root.name))


async def test_first_look__keys_before_the_desk__are_pressed_on_it_in_order(plain: Workspace, decoder: Decoder) -> None:
    app = SlowApp(plain, decoder, 600.0)
    app.picture_acknowledger = ScriptedTerminal()
    async with app.run_test(size=(124, 40)) as pilot:
        await pilot.press("j", "slash", "p", "i", "backspace")
        assert not app.is_awake
        assert len(app.first.held) == 5
        app.wake()
        robot = Robot(app, pilot, ScriptedTerminal())
        await robot.wait_until(lambda: app.is_awake and app.desk.is_mounted, "the desk came")
        await robot.wait_until(lambda: app.desk.entry.is_open and app.desk.entry.text == "p", "the keys came")
        await robot.wait_until(lambda: app.desk.state.query == "p", "what fits")
        await app.desk.runner.drain()


async def test_first_look__too_small_a_window__shows_nothing_cut_off(plain: Workspace, decoder: Decoder) -> None:
    app = SlowApp(plain, decoder, 600.0)
    async with app.run_test(size=(60, 10)) as pilot:
        await pilot.pause()

        assert "hero" not in text_of(app)
