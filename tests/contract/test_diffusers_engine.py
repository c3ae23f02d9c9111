"""Three families of tiny real pipelines in an engine process: what a reviewer could lose is a result or the worker."""

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from reviewtui.engines.diffusers.adding import add_model
from reviewtui.model.geometry import PixelSize
from reviewtui.model.lifecycle import ErrorKind
from reviewtui.model.runs import TERMINAL_EVENTS, Cancelled, Failed, Lost, Progressed, RunSpec, Succeeded
from reviewtui.settings.models import models_file
from reviewtui.worker.executors.local import LocalExecutor
from tests.support import moody_model
from tests.support.runs import PATIENCE_S, events_until, run_to_end
from tests.support.tiny_pipelines import FAMILIES

JOB_IDS = itertools.count(1)
SIZE = PixelSize(88, 72)
RGB = np.random.default_rng(3).integers(40, 200, (SIZE.height, SIZE.width, 3), dtype=np.uint8)
MASK = np.zeros((SIZE.height, SIZE.width), np.uint8)
MASK[24:48, 30:60] = 255


def add_families(pipelines: dict[str, Path]) -> None:
    """All work at a side of 64 px; the first one samples up to four candidates together."""
    for family, folder in pipelines.items():
        add_model(family, str(folder))
    file = models_file()
    text = file.read_text().replace("\npipeline = ", "\nside_px = 64\npipeline = ")
    file.write_text(text.replace("\nside_px", "\nbatch = 4\nside_px", 1))


@pytest.fixture(scope="module")
def shared(
    tiny_pipelines: dict[str, Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[LocalExecutor, Path]]:
    """One executor for all tests, because importing the libraries takes seconds, and the folder of its entries."""
    folder = tmp_path_factory.mktemp("models")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CONFIG_HOME", str(folder))
        add_families(tiny_pipelines)
    targets = {moody_model.ENGINE: moody_model.TARGET}
    local = LocalExecutor(log_path=folder / "engines.log", warm=(), engines=targets)
    yield local, folder
    local.close()


@pytest.fixture
def executor(shared: tuple[LocalExecutor, Path], monkeypatch: pytest.MonkeyPatch) -> LocalExecutor:
    """The three families as the user's models, small enough for tests."""
    local, folder = shared
    monkeypatch.setenv("XDG_CONFIG_HOME", str(folder))
    return local


def spec(family: str = "sd", *, seeds: tuple[int, ...] = (7,), verb: str = "remove", **params: Any) -> RunSpec:
    chosen = {"steps": 3, **params}
    crop, mask, engine = RGB.tobytes(), MASK.tobytes(), f"diffusers:{family}"
    return RunSpec(next(JOB_IDS), 1, engine, verb, chosen, SIZE, crop, mask, seeds, deadline_s=PATIENCE_S)


def made(executor: LocalExecutor, wanted: RunSpec) -> Succeeded:
    event = run_to_end(executor, wanted)[-1]
    assert isinstance(event, Succeeded), event
    return event


def failed(executor: LocalExecutor, wanted: RunSpec) -> Failed:
    event = run_to_end(executor, wanted)[-1]
    assert isinstance(event, Failed), event
    return event


def test_families__each__sample_with_progress_and_previews_and_say_what_they_are(executor: LocalExecutor) -> None:
    for family in FAMILIES:
        *before, done = run_to_end(executor, spec(family, seeds=(7, 8), prompt="a red ball", negative_prompt="blue"))
        assert isinstance(done, Succeeded), done
        steps = [event for event in before if isinstance(event, Progressed)]
        assert steps[0].message == f"loading diffusers:{family}"
        reached = [(event.step, event.total) for event in steps if "step " in event.message]
        count = 3 if family == "sd" else 6  # together, or one after the other
        assert reached == [(step, count) for step in range(1, count + 1)]
        preview = next(event.preview_rgb for event in steps if event.preview_rgb is not None)
        assert len(preview) == 3 * SIZE.area_px
        assert len(set(preview)) > 3
        first, second = done.images_rgb
        assert first != second
        about = done.details
        assert about["identity"]
        assert (about["device"], about["dtype"], about["passes"], about["licence"]) == (
            "cpu",
            "float32",
            1,
            "apache-2.0",
        )
        assert {"torch", "diffusers", "sampled_px", "effective_steps", "memory"} <= set(about)


def test_seeds__alone_again_and_in_company__give_the_same_bytes(executor: LocalExecutor) -> None:
    for family in ("sdxl", "flux"):
        company = made(executor, spec(family, seeds=(7, 8, 9)))
        alone = made(executor, spec(family, seeds=(8,)))
        again = made(executor, spec(family, seeds=(8,)))
        assert company.details["batch"] == 1
        assert company.images_rgb[1] == alone.images_rgb[0] == again.images_rgb[0]


def test_seeds__sampled_together__differ_from_alone_by_rounding_at_most(executor: LocalExecutor) -> None:
    together = made(executor, spec(seeds=(7, 8, 9)))
    alone = made(executor, spec(seeds=(8,)))
    assert (together.details["batch"], alone.details["batch"]) == (3, 1)
    one, other = (np.frombuffer(raw, np.uint8).astype(int) for raw in (together.images_rgb[1], alone.images_rgb[0]))
    assert np.abs(one - other).max() <= 2


def test_strength__partly__runs_its_share_of_the_steps(executor: LocalExecutor) -> None:
    for family in FAMILIES:
        done = made(executor, spec(family, verb="fix", steps=10, strength=0.4, guidance=3.0))
        assert done.details["effective_steps"] == 4
        # So little that no step would be left: one is run all the same.
        least = made(executor, spec(family, verb="restyle", steps=3, strength=0.05))
        assert least.details["effective_steps"] == 1


def test_cancel__between_two_steps__ends_there_and_the_next_job_runs(executor: LocalExecutor) -> None:
    wanted = spec(steps=400)
    executor.submit(wanted)
    events_until(executor, lambda event: isinstance(event, Progressed) and event.message.startswith("step"))
    executor.request_cancel(wanted.job_id)
    rest = events_until(executor, lambda event: isinstance(event, TERMINAL_EVENTS))
    assert rest[-1] == Cancelled(wanted.job_id, 1)
    assert not any(isinstance(event, Progressed) and event.step == 400 for event in rest)
    made(executor, spec())


def test_memory__short__gives_up_one_comfort_after_the_other_and_forgets_it_afterwards(executor: LocalExecutor) -> None:
    usual = made(executor, spec(seeds=(7, 8), prompt="x"))
    tiled = made(executor, spec(seeds=(7, 8), prompt="needs tiles"))
    alone = made(executor, spec(seeds=(7, 8), prompt="needs to be alone"))
    after = made(executor, spec(seeds=(7, 8), prompt="x"))
    assert [done.details["memory"] for done in (usual, tiled, alone, after)] == [
        "normal", "tiled decoder", "one candidate at a time", "normal",
    ]  # fmt: skip
    assert usual.images_rgb == after.images_rgb
    assert len({done.details["pid"] for done in (usual, tiled, alone, after)}) == 1


def test_memory__still_short__tries_smaller_in_a_fresh_process(executor: LocalExecutor) -> None:
    usual = made(executor, spec(prompt="x"))
    smaller = made(executor, spec(prompt="needs a smaller size"))
    assert smaller.details["memory"] == "smaller working size"
    assert smaller.details["megapixels_sampled"] < usual.details["megapixels_sampled"]
    assert smaller.details["pid"] != usual.details["pid"]
    assert "softer" in smaller.details["remark"]


def test_memory__never_enough__fails_with_the_figures_and_the_worker_lives_on(executor: LocalExecutor) -> None:
    event = failed(executor, spec(prompt="never fits"))
    assert event.kind == ErrorKind.OUT_OF_MEMORY
    assert "GB" in event.message
    assert "smaller working size" in event.message
    assert "\n" not in event.message
    made(executor, spec())


@pytest.mark.parametrize("mood", ["nan", "black", "half size"])
def test_result__that_is_no_picture__is_refused_in_words(executor: LocalExecutor, mood: str) -> None:
    event = failed(executor, spec(prompt=mood))
    assert event.kind == ErrorKind.ENGINE_CRASHED
    assert {"nan": "NaN", "black": "black", "half size": "were wanted"}[mood] in event.message
    made(executor, spec())


def test_model__that_breaks_or_dies__ends_its_run_and_the_next_one_works(executor: LocalExecutor) -> None:
    broken = failed(executor, spec(prompt="breaks"))
    assert "ZeroDivisionError: oh no" in broken.message
    assert isinstance(run_to_end(executor, spec(prompt="dies"))[-1], Lost)
    made(executor, spec())


def test_model__gone_meanwhile__fails_in_words(
    executor: LocalExecutor, tiny_pipelines: dict[str, Path], tmp_path: Path
) -> None:
    file = models_file()
    text = file.read_text()
    file.write_text(text.replace(str(tiny_pipelines["flux"]), str(tmp_path / "gone")))
    event = failed(executor, spec("flux"))
    file.write_text(text)
    assert event.kind == ErrorKind.ENGINE_MISSING
    assert "there is no folder" in event.message


def test_prompt__of_ten_thousand_characters__is_taken(executor: LocalExecutor) -> None:
    for family in FAMILIES:
        made(executor, spec(family, prompt="word " * 2000))
