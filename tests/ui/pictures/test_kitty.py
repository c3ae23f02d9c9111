"""Pictures that stay in the terminal: never a wrong one, never one too many, never bytes that were sent before."""

import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.color import ColorSystem
from rich.console import Console

from reviewtui.model.geometry import CellSize, PixelRect
from reviewtui.ui.pictures.kitty import commands
from reviewtui.ui.pictures.kitty.painter import KittyPainter
from reviewtui.ui.pictures.kitty.placeholders import DIACRITICS, PLACEHOLDER, PlaceholderStrip
from reviewtui.ui.pictures.kitty.store import Store
from reviewtui.ui.pictures.kitty.transport import Pace, Transport, Upload
from reviewtui.ui.pictures.painter import PREVIEW, Kinship, Patch, RowLook, Wanted
from tests.support.painting import Line, Scene, SmoothSource, kitty, kitty_terminal


def _scene(**options: object) -> Scene:
    return Scene(lambda scene: kitty(scene, **options))  # type: ignore[arg-type]


def _bytes_of(scene: Scene, act: object) -> int:
    before = len(scene.line.text)
    act()  # type: ignore[operator]
    return len(scene.line.text) - before


@pytest.mark.parametrize("in_tmux", [False, True])
def test_kitty__flip_to_a_copy_with_a_changed_part__sends_the_part_once_and_then_a_few_bytes(in_tmux: bool) -> None:
    scene = _scene(in_tmux=in_tmux, bytes_per_s=50_000_000)
    first, second = SmoothSource("a", (600, 400)), SmoothSource("a2", (600, 400))
    scene.show(scene.wanted(first))
    scene.settle()
    scene.place(scene.arrivals[-1])
    kin = Kinship("a", PixelRect(100, 100, 40, 40))

    def show_second() -> None:
        scene.show(scene.wanted(second, kin=kin))
        scene.settle()

    sent = _bytes_of(scene, show_second)
    assert scene.line.step.kitty_frames == 1
    assert sent < 8_000
    for source, wanted_kin in ((first, None), (second, kin), (first, None)):
        flip = _bytes_of(scene, lambda s=source, k=wanted_kin: scene.show(scene.wanted(s, kin=k)))
        assert flip <= (64 if not in_tmux else 200)
    assert scene.line.step.kitty_broken == 0


def test_kitty__two_unrelated_pictures__flip_without_sending_again() -> None:
    scene = _scene()
    for name in "ab":
        scene.show(scene.wanted(SmoothSource(name)))
        scene.settle()
    assert _bytes_of(scene, lambda: scene.show(scene.wanted(SmoothSource("a")))) < 150
    scene.answer()


def test_kitty__pan_and_zoom_on_a_fast_line__send_a_placement() -> None:
    scene = _scene(bytes_per_s=50_000_000)
    source = SmoothSource("a", (3000, 2000))
    view = scene.wanted(source).viewport.zoomed_to(1)
    scene.show(scene.wanted(source, view))
    scene.settle()
    scene.place(scene.arrivals[-1])
    for step in range(1, 4):
        moved = scene.wanted(source, view.panned(step, 0))
        assert _bytes_of(scene, lambda wanted=moved: scene.show(wanted)) <= 100
        painting = scene.arrivals[-1]
    assert source.loads == 1
    assert painting.truth == "true"


def test_kitty__zoom_before_the_sharp_picture_came__shows_a_part_and_calls_it_preview() -> None:
    scene = _scene(bytes_per_s=50_000)
    source = SmoothSource("a", (3000, 2000))
    wanted = scene.wanted(source)
    scene.show(wanted)
    scene.settle()
    painting = scene.painter.request(scene.wanted(source, wanted.viewport.zoomed_to(1)))
    assert painting is not None
    assert painting.truth == PREVIEW


def test_kitty__patch__is_freed_when_the_picture_comes_back() -> None:
    scene = _scene()
    source = SmoothSource("a")
    plain = scene.wanted(source)
    scene.show(plain)
    scene.settle()
    scene.place(scene.arrivals[-1])
    before = set(scene.line.images.stored)
    patch = Patch(PixelRect(10, 10, 20, 20), np.zeros((20, 20, 3), np.uint8))
    scene.show(Wanted(source, plain.viewport, ColorSystem.TRUECOLOR, patch=patch))
    scene.settle()
    scene.place(scene.arrivals[-1])
    scene.show(plain)
    scene.settle()
    assert scene.line.images.stored == before


@pytest.mark.parametrize("in_tmux", [False, True])
def test_kitty__provisional_pixels_again_and_again__send_only_their_place(in_tmux: bool) -> None:
    scene = _scene(in_tmux=in_tmux)
    source = SmoothSource("a", (600, 400))
    plain = scene.wanted(source)
    scene.show(plain)
    scene.settle()
    scene.place(scene.arrivals[-1])
    stored = set(scene.line.images.stored)
    sent: list[str] = []
    for shade, left in ((0, 100), (80, 100), (160, 300)):
        patch = Patch(
            PixelRect(left, 100, 200, 150), np.random.default_rng(shade).integers(0, 256, (150, 200, 3), np.uint8)
        )
        before = len(scene.line.text)
        painting = scene.show(replace(plain, patch=patch))
        scene.settle()
        sent.append(scene.line.text[before:])
        assert painting.truth == PREVIEW
        assert set(scene.line.images.stored) == stored, "the picture itself was sent again"
    assert all(text.count("a=f") > 1 for text in sent), "small enough for one command, so nothing is proven"
    assert all(len(text) < 40_000 for text in sent)
    # One frame, painted over: the picture does not grow with each step of a fix.
    first, second, third = (re.findall(r"a=f,f=100,i=\d+,x=(\d+),y=\d+,([cr])=(\d)", text) for text in sent)
    assert [one[0][1:] for one in (first, second, third)] == [("c", "1"), ("r", "2"), ("r", "2")]
    assert set(scene.line.images.frames.values()) == {2}
    assert first[0][0] == third[0][0], "what the patch before covered is painted over as well"
    last = _bytes_of(scene, lambda: scene.show(plain))
    assert last < 200
    assert scene.arrivals[-1].truth != PREVIEW or scene.painter.request(plain).truth != PREVIEW  # type: ignore[union-attr]


def test_kitty__provisional_pixels_before_the_picture__the_picture_comes_first_and_stays_sharp() -> None:
    scene = _scene()
    source = SmoothSource("a", (600, 400))
    patch = Patch(PixelRect(100, 100, 40, 40), np.zeros((40, 40, 3), np.uint8))
    scene.show(replace(scene.wanted(source), patch=patch))
    scene.settle()
    scene.place(scene.arrivals[-1])
    assert scene.line.step.kitty_frames == 1
    assert scene.painter.request(scene.wanted(source)).truth != PREVIEW  # type: ignore[union-attr]


def test_kitty__terminal_was_silent__everything_is_sent_again() -> None:
    now = [0.0]
    scene = Scene(lambda one: KittyPainter(one, kitty_terminal(one)))
    terminal = scene.painter._terminal  # type: ignore[attr-defined]
    terminal.transport._clock = lambda: now[0]
    terminal.transport.lost = terminal.forget_all
    scene.show(scene.wanted(SmoothSource("a")))
    scene.settle()
    sent = scene.line.step.kitty_sent
    scene.painter.request(scene.wanted(SmoothSource("b")))
    scene.until(lambda: bool(scene.line.waiting))
    now[0] += 30
    for _, call in scene.timers:
        call()
    scene.settle()
    assert scene.arrivals[-1].wanted.source.key == "b"
    assert scene.line.step.kitty_sent >= sent + 2


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("show"), st.sampled_from("abc"), st.integers(0, 3)),
        st.tuples(st.just("kin"), st.sampled_from("abc"), st.sampled_from("abc")),
        st.tuples(st.just("turn"), st.integers(1, 9), st.just(0)),
        st.tuples(st.sampled_from(["answer", "cancel", "withdraw", "prefetch"]), st.sampled_from("abc"), st.just(0)),
    ),
    max_size=30,
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(STEPS, st.booleans(), st.sampled_from([20_000.0, 500_000.0, 50_000_000.0]))
def test_kitty__any_history__breaks_no_upload_shows_only_what_exists_and_frees_all(
    steps: list[tuple[str, object, object]], in_tmux: bool, bytes_per_s: float
) -> None:
    scene = _scene(in_tmux=in_tmux, bytes_per_s=bytes_per_s)
    sources = {name: SmoothSource(name, (900, 600)) for name in "abc"}
    handled = 0

    def place_new() -> None:
        nonlocal handled
        # As a view does: only the newest is placed.
        for painting in scene.arrivals[handled:][-1:]:
            scene.place(painting)
            assert scene.line.placed_image in scene.line.images.stored
        handled = len(scene.arrivals)

    for name, first, second in steps:
        if name in ("show", "kin"):
            view = scene.wanted(sources[str(first)]).viewport
            kin = Kinship(str(second), PixelRect(5, 5, 90, 90)) if name == "kin" else None
            if name == "show" and second:
                view = view.zoomed_to(1).panned(int(str(second)), 0)
            painting = scene.painter.request(scene.wanted(sources[str(first)], view, kin))
            if painting is not None:
                scene.place(painting)
        elif name == "prefetch":
            scene.painter.prefetch(scene.wanted(sources[str(first)]))
        elif name == "turn":
            for _ in range(int(str(first))):
                scene.turn()
        else:
            getattr(scene if name == "answer" else scene.painter, name)()
        place_new()
    terminal = scene.painter._terminal  # type: ignore[attr-defined]
    scene.painter.close()
    terminal.transport.close([commands.drop(image) for image in terminal.store.images])
    assert scene.line.step.kitty_broken == 0
    assert scene.line.images.stored == set()


def _upload(commands_count: int, *, urgent: bool = True, done: list[int] | None = None) -> Upload:
    parts = commands.transmission(5, "x" * 4096 * commands_count)
    return Upload(parts, lambda: None if done is None else done.append(1), commands.drop(5), urgent)


def test_transport__full_window__waits_for_answers() -> None:
    line = Line()
    transport = Transport(line, in_tmux=False, later=lambda *_: None)
    transport.send(_upload(40))
    under_way = len(line.text)
    assert 16_000 <= under_way < 24_000
    waiting, line.waiting = line.waiting, []
    waiting[0]()
    assert len(line.text) > under_way


def test_transport__line_without_room__tries_later() -> None:
    line = Line(has_room=False)
    timers: list[object] = []
    transport = Transport(line, in_tmux=False, later=lambda _, call: timers.append(call))
    transport.send(_upload(3))
    assert line.text == ""
    line.has_room = True
    timers[0]()  # type: ignore[operator]
    assert "a=t" in line.text


def test_transport__somebody_waits__what_nobody_waits_for_gives_way() -> None:
    line = Line()
    done: list[int] = []
    transport = Transport(line, in_tmux=False, later=lambda *_: None)
    lazy = _upload(100, urgent=False)
    transport.send(lazy)
    assert lazy.is_open
    transport.send(_upload(1, done=done))
    while line.waiting:
        line.waiting.pop(0)()
    assert done == [1]
    assert line.step.kitty_broken == 0


def test_transport__delete_during_an_upload__comes_after_it() -> None:
    line = Line()
    transport = Transport(line, in_tmux=False, later=lambda *_: None)
    transport.send(_upload(30))
    transport.delete(commands.drop(3))
    assert "a=d" not in line.text
    while line.waiting:
        line.waiting.pop(0)()
    assert line.text.rstrip().endswith("a=d,d=I,i=3,q=2\x1b\\")
    assert line.images.stored == {5}


def test_pace__crowded_line__sends_less_and_calm_line_more() -> None:
    pace = Pace()
    pace.answered(0.08, 4096, 0.0, was_full=True)
    calm = pace.window_bytes
    for step in range(20):
        pace.answered(0.5, 4096, 0.1 * step, was_full=True)
    assert pace.window_bytes < calm
    assert pace.base_s == 0.08
    assert 30_000 < pace.bytes_per_s < 60_000


def test_pace__long_line__begins_with_what_it_holds() -> None:
    near, far, farthest = Pace(), Pace(), Pace()
    for pace, round_trip_s in ((near, 0.02), (far, 0.3), (farthest, 30.0)):
        pace.expect(round_trip_s)
    assert near.window_bytes == Pace().window_bytes
    assert far.window_bytes >= 0.3 * far.bytes_per_s
    assert farthest.window_bytes <= 64 * 1024


def test_pace__nobody_waits__fills_no_more_than_the_line_holds() -> None:
    pace = Pace()
    pace.window_bytes = 500_000
    pace.base_s = 0.1
    pace.bytes_per_s = 200_000
    assert pace.lazy_window_bytes == 20_000
    pace.bytes_per_s = 1_000
    assert 0 < pace.lazy_window_bytes <= 16 * 1024


def test_store__ids_in_a_family__are_palette_colours_and_never_taken_twice() -> None:
    store = Store(family=7)
    ids = [store.new_id() for _ in range(200)]
    assert len(set(ids)) == 200
    assert all(one >> 24 == 7 and 16 <= one & 0xFFFFFF <= 255 for one in ids)


def test_diacritics__are_the_297_of_the_protocol() -> None:
    assert len(DIACRITICS) == 297 == len(set(DIACRITICS))
    assert DIACRITICS[:3] == (0x305, 0x30D, 0x30E)
    assert DIACRITICS[-1] == 0x1D244


@given(st.sets(st.integers(1, 29), max_size=5))
def test_placeholders__cut_anywhere__each_piece_names_its_first_cell(cuts: set[int]) -> None:
    look = RowLook(4, 30, (22, 22, 22), ColorSystem.TRUECOLOR, {}, {})
    grey = ((0, 0, 0), (0, 0, 0))
    strip = PlaceholderStrip.of_row(7 << 24 | 40, (3, 0), 20, look, lambda _: grey)
    start = 0
    for end, piece in zip(sorted({*cuts, 30}), strip.divide(sorted({*cuts, 30})), strict=True):
        text = piece.render(Console())
        first, last = max(start, 4), min(end, 24)
        count = max(last - first, 0)
        assert text.count(PLACEHOLDER) == count
        if count:
            marks = PLACEHOLDER + "".join(chr(DIACRITICS[n]) for n in (3, first - 4, 7))
            assert text.count("\x1b[38;5;40m" + marks) == 1
        start = end


def test_commands__chunks__keep_to_the_protocol() -> None:
    parts = commands.frame(9, "y" * 12000, 4, 6)
    assert all("a=f" in part.partition(";")[0] for part in parts)
    assert [re.search(r"m=(\d)", part)[1] for part in parts] == ["1", "1", "0"]  # type: ignore[index]
    assert all(len(part.partition(";")[2]) <= 4096 + 2 for part in parts)
    assert "m=" not in commands.transmission(9, "y")[0]


def test_placement__words__stay_short() -> None:
    one = commands.Placement(88, 1, 100, 40, CellSize(126, 35), PixelRect(1000, 900, 1260, 700), commands.BELOW_CELLS)
    assert len(commands.place(one)) <= 100
    assert commands.BELOW_CELLS < -1_073_741_824
    assert len(commands.show_frame(88, 2)) <= 24
