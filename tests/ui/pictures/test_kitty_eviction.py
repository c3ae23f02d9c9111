"""A terminal that drops pictures to make room: nothing that is gone is armed or believed, and it comes again."""

import pytest

from reviewtui.model.geometry import PixelRect
from reviewtui.ui.pictures.kitty.commands import failed_image
from reviewtui.ui.pictures.painter import TRUE, Kinship
from tests.support.painting import Scene, SmoothSource, kitty

FAST = 50_000_000.0


def _scene(*, in_tmux: bool = False, quota_bytes: int | None = None, limit_bytes: int = 200 << 20) -> Scene:
    scene = Scene(lambda one: kitty(one, in_tmux=in_tmux, bytes_per_s=FAST, limit_bytes=limit_bytes))
    scene.line.images.quota_bytes = quota_bytes
    return scene


def _show(scene: Scene, key: str, kin: Kinship | None = None) -> None:
    scene.show(scene.wanted(SmoothSource(key), kin=kin))
    scene.settle()
    scene.place(scene.arrivals[-1])
    scene.settle()


@pytest.mark.parametrize("in_tmux", [False, True])
def test_kitty__terminal_dropped_the_picture__says_so_and_sends_it_again(in_tmux: bool) -> None:
    scene = _scene(in_tmux=in_tmux)
    for key in "ab":
        _show(scene, key)
    first = scene.arrivals[0]
    dropped = min(scene.line.images.stored)
    scene.line.images.drop(dropped)
    sent = scene.line.step.kitty_sent
    painting = scene.painter.request(scene.wanted(SmoothSource("a")))
    assert painting is not None
    scene.place(painting)
    scene.settle()
    assert scene.vanishings == 1
    assert scene.line.step.kitty_sent == sent + 1
    again = scene.arrivals[-1]
    assert again is not first
    assert again.wanted.source.key == "a"
    assert again.truth == TRUE
    scene.place(again)
    assert scene.line.placed_image in scene.line.images.stored


def test_kitty__dropped_while_it_is_flipped__comes_again() -> None:
    scene = _scene()
    kin = Kinship("a", PixelRect(10, 10, 40, 40))
    _show(scene, "a")
    _show(scene, "b", kin)
    assert len(scene.line.images.stored) == 1
    scene.line.images.drop(next(iter(scene.line.images.stored)))
    _show(scene, "a")
    assert scene.vanishings == 1
    assert scene.line.placed_image in scene.line.images.stored


def test_kitty__frame_for_a_dropped_picture__is_sent_whole() -> None:
    scene = _scene()
    _show(scene, "a")
    scene.line.images.drop(next(iter(scene.line.images.stored)))
    _show(scene, "b", Kinship("a", PixelRect(10, 10, 40, 40)))
    assert scene.arrivals[-1].wanted.source.key == "b"
    assert scene.line.placed_image in scene.line.images.stored
    assert scene.line.step.kitty_broken == 0


def test_kitty__small_quota__each_look_shows_what_exists() -> None:
    scene = _scene(quota_bytes=3 * 400 * 320 * 4)
    for key in "abcdabcdaabbccdd":
        _show(scene, key)
        assert scene.arrivals[-1].wanted.source.key == key
        assert scene.line.placed_image in scene.line.images.stored
    assert scene.line.images.dropped


def test_kitty__own_limit__is_kept_before_the_terminal_has_to_drop() -> None:
    limit = 4 * 400 * 320 * 4
    scene = _scene(quota_bytes=limit * 2, limit_bytes=limit)
    for key in "abcdefghabcdefgh":
        _show(scene, key)
        terminal = scene.painter._terminal  # type: ignore[attr-defined]
        assert terminal.store.held_bytes <= limit
        assert terminal.store.images == scene.line.images.stored
    assert scene.line.images.dropped == []


def test_kitty__terminal_refuses_for_ever__is_told_once() -> None:
    scene = _scene(quota_bytes=0)

    def refuse() -> None:
        for image in list(scene.line.images.stored):
            scene.line.images.drop(image)

    scene.painter.request(scene.wanted(SmoothSource("a")))
    for _ in range(400):
        scene.turn()
        refuse()
        for painting in scene.arrivals[-1:]:
            scene.place(painting)
        if scene.failures:
            break
    assert len(scene.failures) == 1
    assert scene.failures[0][1].remedy


@pytest.mark.parametrize(
    ("text", "image"),
    [
        ("Gi=7;OK", None),
        ("Gi=7;ENOENT:gone", 7),
        ("Gi=7,p=2;ENOENT:gone", 7),
        ("GI=3,i=7;EBADPNG:bad", 7),
        ("Gi=;ENOENT", None),
        ("Gi=99999999999;ENOENT", None),
        ("", None),
        ("Gp=2;ENOENT:i=5;no", None),
    ],
)
def test_answer__of_the_terminal__names_the_picture_only_when_it_failed(text: str, image: int | None) -> None:
    assert failed_image(text) == image
