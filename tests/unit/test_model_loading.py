"""What a loaded pipeline is told, without the libraries: tuning, placing, ControlNets, arguments by signature."""

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from reviewtui.engines.diffusers import loading
from reviewtui.engines.diffusers.arguments import call_arguments
from reviewtui.engines.diffusers.control import check_control, control_arguments
from reviewtui.engines.diffusers.engine import _prepare
from reviewtui.engines.diffusers.folder import ModelFolder
from reviewtui.engines.diffusers.loading import LoadedModel, place, set_tiling
from reviewtui.engines.diffusers.memory import Rung
from reviewtui.engines.diffusers.params import DiffusionParams
from reviewtui.engines.diffusers.sampling import Sampler
from reviewtui.model.errors import EngineError
from reviewtui.model.geometry import PixelSize
from reviewtui.settings.models import ModelEntry

IMAGE = np.full((16, 24, 3), 100, np.uint8)
MASK = np.zeros((16, 24), np.uint8)
MASK[4:8, 4:12] = 255


class Part:
    """A denoiser or a decoder that notes what it was told."""

    def __init__(self, told: list[str]) -> None:
        self._told = told

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name in {"transformer", "unet", "vae", "controlnet"}:
            raise AttributeError(name)
        return lambda *args, **kwargs: self._told.append(" ".join([name, *map(str, args), *map(str, kwargs.values())]))


def pipe_of(kind: str, told: list[str], **parts: Any) -> Any:
    pipe = type(kind, (Part,), {})(told)
    for name, part in parts.items():
        setattr(pipe, name, part)
    return pipe


def model_of(pipe: Any, device: str = "cuda", takes: tuple[str, ...] = (), **settings: Any) -> LoadedModel:
    entry = ModelEntry("m", "/m", **settings)
    folder = ModelFolder(Path("/m"), type(pipe).__name__, (), "", "", "id", 1)
    return LoadedModel(entry, folder, pipe, device, "float32", frozenset(takes))


@pytest.fixture
def torch(monkeypatch: pytest.MonkeyPatch) -> Any:
    """As much of it as is asked for; the real one takes seconds to import."""

    class Generator:
        def __init__(self, device: str) -> None:
            assert device == "cpu"

        def manual_seed(self, seed: int) -> int:
            return seed

    stub = SimpleNamespace(
        backends=SimpleNamespace(cudnn=SimpleNamespace(deterministic=False)),
        channels_last="channels_last",
        Generator=Generator,
    )
    monkeypatch.setitem(sys.modules, "torch", stub)
    return stub


def test_tune__settings_of_an_entry__reach_the_parts(torch: Any) -> None:
    unet, vae = [], []  # type: ignore[var-annotated]
    pipe = pipe_of("SomeInpaintPipeline", [], unet=Part(unet), vae=Part(vae))
    model = model_of(pipe, attention="flash", channels_last=True, compile=True, vae_tiling=True)
    loading._tune(model)
    assert unet == ["set_attention_backend flash", "to channels_last", "compile"]
    assert vae == ["enable_tiling", "to channels_last"]
    assert torch.backends.cudnn.deterministic
    set_tiling(model, on=False)
    set_tiling(model, on=False)
    assert vae[2:] == ["disable_tiling"]


def test_tune__denoiser_of_repeated_blocks__compiles_one_of_them(torch: Any) -> None:
    told: list[str] = []
    transformer = Part(told)
    transformer._repeated_blocks = ["Block"]  # type: ignore[attr-defined]
    loading._tune(model_of(pipe_of("FluxFillPipeline", [], transformer=transformer), compile=True))
    assert told == ["compile_repeated_blocks"]


def test_place__offloaded_and_back__uses_each_way_once() -> None:
    told: list[str] = []
    model = model_of(pipe_of("FluxFillPipeline", told))
    for offload in ("none", "none", "model", "model", "sequential", "none"):
        place(model, offload=offload)
    assert told == [
        "to cuda", "enable_model_cpu_offload cuda", "remove_all_hooks", "enable_sequential_cpu_offload cuda",
        "remove_all_hooks", "to cuda",
    ]  # fmt: skip
    told.clear()
    place(model_of(model.pipe), offload="sequential")
    place(model_of(model.pipe, device="cpu"), offload="model")
    assert told == ["enable_sequential_cpu_offload cuda", "to cpu"]


def test_place_first__does_not_fit_whole__its_parts_wait_in_main_memory() -> None:
    told: list[str] = []
    model = model_of(pipe_of("FluxFillPipeline", told), offload="none")

    def full(device: str) -> None:
        told.append("full")
        raise RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB.")

    model.pipe.to = full
    loading._place_first(model)
    assert told == ["full", "enable_model_cpu_offload cuda"]
    assert model.is_offloaded
    assert not model.fits
    _prepare(model, [Rung.NORMAL])
    assert told[2:] == []
    model.fits = True
    with pytest.raises(RuntimeError, match="out of memory"):
        _prepare(model, [Rung.NORMAL])
    _prepare(model, [Rung.NORMAL, Rung.OFFLOADED])
    assert told[-1] == "enable_model_cpu_offload cuda"
    broken = model_of(model.pipe, device="cpu")
    with pytest.raises(RuntimeError, match="out of memory"):
        loading._place_first(broken)


def test_lora__without_the_library__says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "a.safetensors"
    file.write_bytes(b"")
    monkeypatch.setattr(loading, "find_spec", lambda name: None)
    with pytest.raises(EngineError, match=r"needs the library peft \(pip install 'reviewtui\[lora\]'\)"):
        loading._add_lora(model_of(pipe_of("FluxFillPipeline", []), lora=str(file)))


def test_control__each_kind_of_net__is_shown_what_it_wants() -> None:
    def shown(kind: str, takes: tuple[str, ...], net: Any = None, control: str = "masked") -> Any:
        pipe = pipe_of(kind, [], controlnet=net or SimpleNamespace())
        check_control(pipe, frozenset(takes))
        return control_arguments(pipe, frozenset(takes), IMAGE, MASK, control=control, scale=0.7)

    plain = ("image", "mask_image", "control_image", "control_mode")
    black = np.asarray(shown("StableDiffusionXLControlNetInpaintPipeline", plain)["control_image"])
    assert black[MASK > 0].max() == 0
    assert np.array_equal(black[MASK == 0], IMAGE[MASK == 0])
    whole = shown("FluxControlNetInpaintPipeline", plain, control="picture")
    assert np.array_equal(np.asarray(whole["control_image"]), IMAGE)
    assert whole["controlnet_conditioning_scale"] == 0.7
    both = shown("StableDiffusion3ControlNetInpaintingPipeline", ("control_image", "control_mask"))
    assert np.array_equal(np.asarray(both["control_image"]), IMAGE)
    assert np.array_equal(np.asarray(both["control_mask"]), MASK)
    union = type("ControlNetUnionModel", (), {"config": SimpleNamespace(num_control_type=8)})()
    assert shown("StableDiffusionXLControlNetUnionInpaintPipeline", plain, union)["control_mode"] == [7]
    assert control_arguments(object(), frozenset({"image"}), IMAGE, MASK, control="masked", scale=1) == {}
    union_without = type("FluxControlNetModel", (), {"config": SimpleNamespace(), "union": True})()
    for kind, net in (("FluxControlNetInpaintPipeline", union_without), ("FluxControlInpaintPipeline", None)):
        with pytest.raises(EngineError, match="add a pipeline for inpainting"):
            check_control(pipe_of(kind, [], controlnet=net), frozenset(plain))


def test_arguments__follow_what_the_call_takes(torch: Any) -> None:
    del torch

    def given(kind: str, takes: tuple[str, ...], **params: Any) -> dict[str, Any]:
        model = model_of(pipe_of(kind, []), takes=takes)
        asked = DiffusionParams(prompt="a ball", steps=3, **params)
        return call_arguments(
            model, asked, IMAGE, MASK, seeds=(5, 6), strength=0.5, on_step=lambda step, _: seen.append(step)
        )

    seen: list[int] = []
    usual = given("StableDiffusionInpaintPipeline", ("prompt", "image", "strength", "guidance_scale", "generator"))
    assert set(usual) == {"prompt", "image", "strength", "generator"}
    assert (usual["prompt"], usual["generator"], len(usual["image"])) == (["a ball"] * 2, [5, 6], 2)
    takes = ("negative_prompt", "guidance_scale", "true_cfg_scale")
    qwen = given("QwenImageInpaintPipeline", takes, guidance=4.0)
    assert qwen == {"negative_prompt": [" ", " "], "true_cfg_scale": 4.0}
    assert given("FluxInpaintPipeline", takes, guidance=4.0) == {"guidance_scale": 4.0}
    kontext = given("FluxKontextInpaintPipeline", ("max_area", "_auto_resize"))
    assert kontext == {"max_area": 16 * 24, "_auto_resize": False}
    old = given("AmusedInpaintPipeline", ("callback", "callback_steps"))
    assert old["callback_steps"] == 1
    old["callback"](2, 999, None)
    new = given("FluxFillPipeline", ("callback_on_step_end", "callback_on_step_end_tensor_inputs"))
    tensors = {"latents": 1}
    assert new["callback_on_step_end"](None, 4, 999, tensors) is tensors
    assert seen == [2, 4]


@pytest.mark.parametrize(("kind", "is_taken"), [("QwenImageEditInpaintPipeline", True), ("FluxFillPipeline", False)])
def test_answer__of_another_size__is_taken_only_from_those_that_choose_their_own(kind: str, is_taken: bool) -> None:
    never: Any = None
    request: Any = SimpleNamespace(params=DiffusionParams())
    sampler = Sampler(model_of(pipe_of(kind, [])), request, PixelSize(64, 48), IMAGE, MASK, 1.0, never)
    answer = np.zeros((1, 96, 128, 3), np.float32)
    if is_taken:
        assert sampler._as_array(answer, 1).shape == answer.shape
        assert sampler.sampled == PixelSize(128, 96)
    else:
        with pytest.raises(EngineError, match="were wanted"):
            sampler._as_array(answer, 1)
