"""A fix that copies pixels of 16 bits copies all 16 of them, and every way to lay it on again keeps them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from reviewtui.engines.registry import load_engine
from reviewtui.imaging.decoding import Decoder
from reviewtui.imaging.encode import write_png
from reviewtui.imaging.facts import NativePicture
from reviewtui.model.entities import Version
from reviewtui.model.geometry import PixelRect, PixelSize
from reviewtui.model.lifecycle import Verb
from reviewtui.model.masks import MaskSpec
from reviewtui.model.runs import Progressed, Succeeded
from reviewtui.services.fixing import prepare_job
from reviewtui.services.repasting import ask_repaste
from reviewtui.store.jobs import get_job
from reviewtui.worker.executors.running import perform
from tests.services.test_verbs import Bench
from tests.support.edits import compose_next

SIZE = PixelSize(360, 300)
SMALL, LARGE = PixelRect(150, 120, 40, 36), PixelRect(120, 90, 120, 110)
Open = Callable[[str], Bench]


@pytest.fixture(scope="module")
def decoder() -> Iterator[Decoder]:
    with Decoder() as opened:
        yield opened


def gradient(mode: str) -> Any:
    """A slow gradient with noise of half a level of 8 bits, and transparency where the mode has it."""
    noise = np.random.default_rng(5).normal(0, 120, (SIZE.height, SIZE.width, 3))
    ramp = np.linspace(20_000, 26_000, SIZE.width)[np.newaxis, :, np.newaxis]
    colors = np.rint(ramp + noise).astype(np.uint16)
    if mode == "I;16":
        return colors[:, :, 0].copy()
    alpha = np.full((SIZE.height, SIZE.width, 1), 40_000, np.uint16)
    return np.concatenate([colors, alpha], axis=2) if mode == "RGBA;16" else colors


@pytest.fixture
def open_bench(workspace: Path, decoder: Decoder) -> Iterator[Open]:
    opened: list[Bench] = []

    def build(mode: str) -> Bench:
        write_png(NativePicture(gradient(mode), mode), workspace / "hero.png")
        opened.append(Bench(workspace, decoder))
        return opened[-1]

    yield build
    for bench in opened:
        bench.desk.close()


def samples_of(bench: Bench, version: Version) -> Any:
    return bench.decoder.load_native(bench.desk.blobs.path_of(version.sha256)).pixels


def removed(bench: Bench, place: PixelRect) -> Version:
    return bench.ask(Verb.REMOVE, MaskSpec(SIZE, (place,)))


def colors_in(pixels: Any, place: PixelRect) -> Any:
    part = pixels[place.y : place.bottom, place.x : place.right]
    return part[:, :, np.newaxis] if part.ndim == 2 else part[:, :, :3]


def check_deep(new: Any) -> None:
    """Real samples of 16 bits: many levels, as many in between those of 8 bits as there should be, and no stairs."""
    for channel in range(new.shape[2]):
        plane = new[:, :, channel]
        assert len(np.unique(plane)) > 256
        assert np.mean(plane % 257 == 0) < 0.02, "8 bits spread over 16 are all multiples of 257"
        low = np.bincount((plane & 255).ravel() // 32, minlength=8) / plane.size
        assert low.max() < 0.25, "no level of 8 bits is preferred"


@pytest.mark.parametrize("place", [SMALL, LARGE], ids=["small", "large"])
@pytest.mark.parametrize("mode", ["RGB;16", "RGBA;16", "I;16"])
def test_remove__sixteen_bits__new_pixels_have_them_and_nothing_changes_outside(
    open_bench: Open, mode: str, place: PixelRect
) -> None:
    bench = open_bench(mode)
    made = removed(bench, place)
    old, pixels = gradient(mode), samples_of(bench, made)
    assert pixels.dtype == np.uint16
    check_deep(colors_in(pixels, place))
    box = bench.proof(made).box
    outside = np.ones((SIZE.height, SIZE.width), bool)
    outside[box.y : box.bottom, box.x : box.right] = False
    assert np.array_equal(old[outside], pixels[outside])
    if mode == "RGBA;16":
        assert np.array_equal(old[:, :, 3], pixels[:, :, 3])
    noise = [float(np.diff(colors_in(one, place).astype(int), axis=0).std()) for one in (old, pixels)]
    assert 0.6 < noise[1] / noise[0] < 1.2, "copies have the grain of what they are copied from"
    assert bench.holds(made) is None


def test_remove__sixteen_bits__again_gives_the_same_bytes_and_a_preview(open_bench: Open) -> None:
    bench = open_bench("RGB;16")
    made = removed(bench, LARGE)
    with bench.desk.store.read() as db:
        assert made.job_id is not None
        job = get_job(db, made.job_id)
    prepared = prepare_job(bench.desk, bench.decoder, job)
    heard: list[Any] = []
    twice = [perform(prepared.spec, load_engine, heard.append, lambda: False) for _ in range(2)]
    assert isinstance(twice[0], Succeeded)
    assert isinstance(twice[1], Succeeded)
    assert twice[0].images_rgb == twice[1].images_rgb
    [preview, *_] = [event.preview_rgb for event in heard if isinstance(event, Progressed) and event.preview_rgb]
    shown = prepared.preview_of(preview)
    assert shown is not None
    assert (shown.rgb.dtype, shown.rgb.shape[2]) == (np.uint8, 3)


@pytest.mark.parametrize("mode", ["RGBA;16", "I;16"])
def test_repaste__sixteen_bits__keeps_them_and_is_checked(open_bench: Open, mode: str) -> None:
    bench = open_bench(mode)
    first = removed(bench, LARGE)
    ask_repaste(bench.desk, "hero@2", 0)
    made = compose_next(bench.desk)
    old, pixels, wide = gradient(mode), samples_of(bench, made), samples_of(bench, first)
    check_deep(colors_in(pixels, LARGE))
    assert np.array_equal(colors_in(pixels, LARGE), colors_in(wide, LARGE)), "the same answer, laid on again"
    inside = np.zeros((SIZE.height, SIZE.width), bool)
    inside[LARGE.y : LARGE.bottom, LARGE.x : LARGE.right] = True
    assert np.array_equal(old[~inside], pixels[~inside]), "0 is exactly the region"
    assert bench.holds(made) is None
