"""Every family of tiny real pipelines through the whole loop: crop, engine process, paste, proof."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from reviewtui.engines.base import engine_params
from reviewtui.engines.diffusers.adding import add_model
from reviewtui.engines.diffusers.listing import get_entry, info_of
from reviewtui.imaging.facts import NativePicture
from reviewtui.imaging.fixing import FixResult, finish, prepare
from reviewtui.model.errors import EngineError
from reviewtui.model.geometry import PixelRect
from reviewtui.model.lifecycle import ErrorKind
from reviewtui.model.masks import MaskSpec
from reviewtui.model.runs import Failed, Progressed, RunSpec, Succeeded
from reviewtui.settings.models import models_file
from reviewtui.worker.executors.local import LocalExecutor
from tests.support.photographs import SAMPLES, load
from tests.support.runs import run_to_end
from tests.support.tiny_families import FAMILIES, REFUSED, REFUSED_BY_NAME, build_families

JOB_IDS = itertools.count(1)
PLACE = PixelRect(44, 40, 36, 30)
#: Families that are shown everything anew by a net, whatever the strength.
ALWAYS_NEW = {"sd3-control", "qwen-control", "z-image-control"}


@dataclass(frozen=True)
class Loop:
    """An engine process with all families as models, and a part of a photograph."""

    executor: LocalExecutor
    native: NativePicture

    def run(self, family: str, verb: str = "remove", seeds: tuple[int, ...] = (7,), **asked: Any) -> Any:
        """The events of one run, and the prepared crop."""
        info = info_of(get_entry(f"diffusers:{family}"))
        spec = MaskSpec(self.native.size, (PLACE,)).with_feather(8)
        params = engine_params(info, {"steps": 3, "prompt": "a ball", **asked})
        prepared = prepare(self.native, spec, verb=verb, engine_rules=info.crop_rules, strength=params["strength"])
        run = RunSpec(
            next(JOB_IDS), 1, info.name, verb, params, prepared.size, prepared.image_rgb, prepared.mask_l, seeds
        )
        return run_to_end(self.executor, run), prepared

    def made(self, family: str, **asked: Any) -> tuple[Succeeded, FixResult, list[Progressed]]:
        """The answer, the first candidate laid on, and the progress before."""
        (*before, done), prepared = self.run(family, **asked)
        assert isinstance(done, Succeeded), done
        steps = [event for event in before if isinstance(event, Progressed)]
        return done, finish(self.native, prepared, done.images_rgb[0], seed=7), steps


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Loop, Path]]:
    folder = tmp_path_factory.mktemp("families")
    native = NativePicture(load(SAMPLES[0])[200:312, 200:320].copy(), "RGB")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CONFIG_HOME", str(folder / "config"))
        for name, path in build_families(folder).items():
            if name != REFUSED_BY_NAME:
                add_model(name, str(path))
        file = models_file()
        file.write_text(file.read_text().replace("\npipeline = ", "\nside_px = 80\npipeline = "))
        executor = LocalExecutor(log_path=folder / "engines.log", warm=())
        yield Loop(executor, native), folder
        executor.close()


@pytest.fixture
def loop(shared: tuple[Loop, Path], monkeypatch: pytest.MonkeyPatch) -> Loop:
    """The loop with all families as the user's models."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(shared[1] / "config"))
    return shared[0]


@pytest.mark.parametrize("family", FAMILIES)
def test_family__through_the_whole_loop__lands_with_previews_and_proof(loop: Loop, family: str) -> None:
    done, fix, steps = loop.made(family, seeds=(7, 8), negative_prompt="blue", guidance=3.0)
    assert fix.metrics["outside_changed_px"] == 0
    assert done.details["passes"] == 1
    assert done.details["megapixels_sampled"] <= 0.0096
    assert any(event.preview_rgb is not None for event in steps)
    assert steps[-1].step == steps[-1].total == 6
    first, second = done.images_rgb
    assert first != second
    changed = np.any(fix.picture.pixels != loop.native.pixels, axis=2)
    assert changed[PLACE.y : PLACE.bottom, PLACE.x : PLACE.right].mean() > 0.5
    alone, _fix, _steps = loop.made(family, seeds=(8,), negative_prompt="blue", guidance=3.0)
    assert alone.images_rgb[0] == second


@pytest.mark.parametrize("family", FAMILIES)
def test_family__asked_for_less_than_all__runs_fewer_steps_or_says_that_it_cannot(loop: Loop, family: str) -> None:
    done, _fix, steps = loop.made(family, verb="fix", steps=4, strength=0.5)
    if family in ALWAYS_NEW:
        assert done.details["effective_steps"] == 4
        assert "cannot start from the picture" in done.details["remark"]
    else:
        assert done.details["effective_steps"] == 2
        assert "remark" not in done.details
    assert steps[-1].step == steps[-1].total == done.details["effective_steps"]


@pytest.mark.parametrize("family", REFUSED)
def test_family__that_wants_a_picture_nobody_makes__is_refused_in_words(loop: Loop, family: str) -> None:
    events, _prepared = loop.run(family)
    failed = events[-1]
    assert isinstance(failed, Failed)
    assert failed.kind == ErrorKind.ENGINE_MISSING
    assert REFUSED[family] in failed.message
    assert "add a pipeline for inpainting" in failed.message


def test_family__that_its_class_rules_out__is_refused_when_it_is_added(loop: Loop, shared: tuple[Loop, Path]) -> None:
    del loop
    with pytest.raises(EngineError, match="edges or depth, which is not made here"):
        add_model("edges", str(shared[1] / REFUSED_BY_NAME))
