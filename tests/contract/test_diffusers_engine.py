"""Three families of tiny real pipelines in an engine process: what a reviewer could lose is a result or the worker."""

import contextlib
import itertools
import json
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save_file

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
LARGE = PixelSize(360, 320)
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


def large_spec(family: str = "sd", **asked: Any) -> RunSpec:
    """Of a crop that is far larger than the model samples at once."""
    rgb = np.random.default_rng(5).integers(40, 200, (LARGE.height // 8, LARGE.width // 8, 3), dtype=np.uint8)
    mask = np.zeros((LARGE.height, LARGE.width), np.uint8)
    mask[96:224, 96:256] = 255
    smooth = rgb.repeat(8, axis=0).repeat(8, axis=1).tobytes()
    return replace(spec(family, **asked), size=LARGE, image_rgb=smooth, mask_l=mask.tobytes())


@contextlib.contextmanager
def entry_settings(name: str, **settings: Any) -> Iterator[None]:
    """Other settings of a model for a while."""
    file = models_file()
    text = file.read_text()
    lines = "".join(f"{key} = {json.dumps(value)}\n" for key, value in settings.items())
    file.write_text(text.replace(f'[diffusers."{name}"]\n', f'[diffusers."{name}"]\n{lines}'))
    yield
    file.write_text(text)


def write_lora(file: Path) -> Path:
    """A LoRA of rank 2 over one attention of the tiny SD model."""
    rng = np.random.default_rng(1)
    block = "unet.down_blocks.1.attentions.0.transformer_blocks.0.attn1"
    layers = {
        f"{block}.{layer}.lora_{side}.weight": rng.normal(0, 1, shape).astype(np.float32)
        for layer in ("to_q", "to_v", "to_out.0")
        for side, shape in (("A", (2, 32)), ("B", (32, 2)))
    }
    save_file(layers, file)
    return file


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


def test_outpaint__one_of_a_batch_and_alone__give_the_same_bytes(executor: LocalExecutor) -> None:
    mask = np.zeros((SIZE.height, SIZE.width), np.uint8)
    mask[:, 48:] = 255
    wider = replace(spec("flux", seeds=(7, 8), verb="outpaint", strength=0.8), mask_l=mask.tobytes())
    company = made(executor, wider)
    alone = made(executor, replace(wider, job_id=next(JOB_IDS), seeds=(8,)))
    assert company.images_rgb[1] == alone.images_rgb[0] != company.images_rgb[0]


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


@pytest.mark.parametrize("mood", ["nan", "nan early", "black", "gray", "half size"])
def test_result__that_is_no_picture__is_refused_in_words(executor: LocalExecutor, mood: str) -> None:
    event = failed(executor, spec(prompt=mood))
    assert event.kind == ErrorKind.ENGINE_CRASHED
    words = {
        "nan": "NaN", "nan early": "NaN", "black": "a black picture", "gray": "one color", "half size": "were wanted"
    }[mood]  # fmt: skip
    assert words in event.message
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


def test_region__larger_than_the_model__is_sampled_again_in_tiles_at_its_own_scale(executor: LocalExecutor) -> None:
    for family in FAMILIES:
        *before, done = run_to_end(executor, large_spec(family, seeds=(7, 8)))
        assert isinstance(done, Succeeded), done
        about = done.details
        assert (about["passes"], about["tiles"], about["second_strength"]) == (2, 4, 0.4)
        assert about["effective_steps"] == 3
        # At most what the model samples at once, five times.
        assert 4 * 0.004 < about["megapixels_sampled"] <= 5 * 1.5 * 64**2 / 1e6
        steps = [event for event in before if isinstance(event, Progressed)]
        assert steps[-1].step == steps[-1].total
        assert [event.step for event in steps] == sorted(event.step for event in steps)
        words = [event.message for event in steps]
        assert any(word.startswith("pass 1 of 2, ") and "step 3 of 3" in word for word in words)
        assert any(word.startswith("pass 2 of 2, tile 4 of 4, ") for word in words)
        assert all(len(event.preview_rgb) == 3 * LARGE.area_px for event in steps if event.preview_rgb is not None)
        alone = made(executor, large_spec(family, seeds=(8,)))
        one, other = (np.frombuffer(raw, np.uint8).astype(int) for raw in (done.images_rgb[1], alone.images_rgb[0]))
        # Sampled together they may differ by rounding, which the second pass carries on.
        assert np.abs(one - other).max() <= (4 if family == "sd" else 0)


def test_region__larger_than_the_model_and_little_to_change__is_sampled_in_tiles_only(executor: LocalExecutor) -> None:
    done = made(executor, large_spec(verb="fix", strength=0.3, steps=10))
    assert (done.details["passes"], done.details["tiles"], done.details["effective_steps"]) == (1, 4, 3)


def test_cancel__in_the_second_pass__ends_there(executor: LocalExecutor) -> None:
    wanted = large_spec(steps=60)
    executor.submit(wanted)
    events_until(executor, lambda event: isinstance(event, Progressed) and "tile 2 of 4, step" in event.message)
    executor.request_cancel(wanted.job_id)
    rest = events_until(executor, lambda event: isinstance(event, TERMINAL_EVENTS))
    assert rest[-1] == Cancelled(wanted.job_id, 1)
    assert not any(isinstance(event, Progressed) and "tile 4" in event.message for event in rest)


def test_lora__of_an_entry__changes_the_picture_and_is_recorded(executor: LocalExecutor, tmp_path: Path) -> None:
    plain = made(executor, spec())
    with entry_settings("sd", lora=str(write_lora(tmp_path / "style.safetensors")), lora_scale=0.8):
        styled = made(executor, spec())
    again = made(executor, spec())
    assert styled.images_rgb != plain.images_rgb == again.images_rgb
    assert (styled.details["lora_scale"], Path(styled.details["lora"]).name) == (0.8, "style.safetensors")
    assert "lora" not in again.details


def test_lora__that_cannot_be_used__fails_in_words_and_the_model_works_without(
    executor: LocalExecutor, tmp_path: Path
) -> None:
    pickled, broken = tmp_path / "style.pt", tmp_path / "broken.safetensors"
    pickled.write_bytes(b"x")
    broken.write_bytes(b"x" * 40)
    for file, words in ((pickled, "no .safetensors file"), (broken, "cannot be loaded")):
        with entry_settings("sd", lora=str(file)):
            event = failed(executor, spec())
        assert event.kind == ErrorKind.ENGINE_MISSING
        assert words in event.message
    made(executor, spec())


def test_settings__of_an_entry__are_taken_up_by_the_next_job_and_recorded(executor: LocalExecutor) -> None:
    plain = made(executor, spec())
    with entry_settings(
        "sd", dtype="bfloat16", attention="native", channels_last=True, vae_tiling=True, offload="model", steps=4
    ):
        other = made(executor, spec())
    assert (plain.details["dtype"], plain.details["attention"]) == ("float32", "default")
    assert (other.details["dtype"], other.details["attention"]) == ("bfloat16", "native")
    assert other.images_rgb != plain.images_rgb
    for setting, words in (({"attention": "nonsense"}, "nonsense"), ({"device": "cuda"}, "not here")):
        with entry_settings("sd", **setting):
            assert words in failed(executor, spec()).message


def test_model__used_again__is_not_loaded_again(executor: LocalExecutor) -> None:
    made(executor, spec(steps=1))
    first = made(executor, spec(steps=1))
    waits = []
    for _ in range(5):
        began = time.monotonic()
        executor.submit(spec(steps=1))
        events_until(executor, lambda event: isinstance(event, Progressed) and event.message == "encoding")
        waits.append(time.monotonic() - began)
        events_until(executor, lambda event: isinstance(event, TERMINAL_EVENTS))
    again = made(executor, spec(steps=1))
    assert (again.details["pid"], again.details["loads"]) == (first.details["pid"], first.details["loads"])
    assert min(waits) < 0.05


def test_prompt__of_ten_thousand_characters__is_taken(executor: LocalExecutor) -> None:
    for family in FAMILIES:
        made(executor, spec(family, prompt="word " * 2000))
