"""On a phone the words are the picture: where a flaw lies must be said right."""

from reviewtui.imaging.decoding import Decoder
from reviewtui.model.geometry import PixelRect
from reviewtui.model.masks import MaskSpec
from reviewtui.services import annotate
from reviewtui.services.workspace import Workspace
from reviewtui.ui.pictures.words_painter import WordsPainter
from tests.support.robot import Robot, at_desk


async def test_words__notes_come_and_go__are_told_with_their_places(plain: Workspace, decoder: Decoder) -> None:
    region = PixelRect(2, 3, 10, 12)
    async with at_desk(plain, decoder, size=(90, 24)) as desk:
        await desk.keys("Enter")
        app = desk.app
        view = app.desk.single
        view.painters = lambda canvas: WordsPainter(canvas, app.desk.showing.describe)
        view.change_painter()
        await desk.wait_until(lambda: "px" in _text(desk))
        assert "fit 1:" not in desk.text  # words have no scale
        assert "hash " in _text(desk)
        view_asset = app.desk.state.view
        assert view_asset is not None
        name = f"{view_asset.asset.key}@1"
        mask = MaskSpec(view_asset.versions[0].version.size, (region,))
        request = annotate.NoteRequest("too \x1b[31mred", mask=mask, act_key="x")
        annotate.write_note(plain, name, request)
        await desk.wait_until(lambda: "10×12 px at 2,3" in _text(desk))
        assert "upper left" in _text(desk)
        assert "\x1b" not in _text(desk)


def _text(desk: Robot) -> str:
    view = desk.app.desk.single
    return "\n".join(view.render_line(row).text for row in range(view.size.height))
