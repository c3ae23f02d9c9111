"""Speed of real architectures with random weights (time does not depend on the weights): SD 1.5, SDXL and Flux Fill.

``python -m tests.bench.model_speed FOLDER [FAMILY…]`` on a machine with a GPU; nothing is downloaded. One JSON line per
figure: seconds are medians of alternating runs in one process, after a warm-up.
"""

import gc
import json
import os
import statistics
import sys
import time
import warnings
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from reviewtui.engines.base import EngineRequest, params_from_data
from reviewtui.engines.diffusers import engine as engine_module
from reviewtui.engines.diffusers.arguments import call_arguments
from reviewtui.engines.diffusers.engine import DiffusersEngine
from reviewtui.engines.diffusers.folder import ModelFolder
from reviewtui.engines.diffusers.listing import info_of
from reviewtui.engines.diffusers.loading import LoadedModel, _quieten, _taken, _tune, place
from reviewtui.engines.diffusers.sampling import make_sampler
from reviewtui.model.errors import EngineError
from reviewtui.model.lifecycle import Verb
from reviewtui.settings.models import ModelEntry, save_model_entry
from tests.support.tiny_pipelines import clip_tokenizer, t5_tokenizer

STEPS = 25
BEGAN_S = time.monotonic()
LIMIT_S = float(os.environ.get("LIMIT_S", "540"))


class Silence:
    """A line that nobody listens at."""

    def report(self, *args: Any, **kwargs: Any) -> None:
        pass

    def raise_if_cancelled(self) -> None:
        pass


def say(**figures: Any) -> None:
    print(json.dumps(figures | {"at_s": round(time.monotonic() - BEGAN_S, 1)}), flush=True)


def in_time(reserve_s: float) -> bool:
    return time.monotonic() - BEGAN_S + reserve_s < LIMIT_S


# --- architectures


def vae(channels: int) -> Any:
    from diffusers import AutoencoderKL

    blocks = 4
    return AutoencoderKL(
        block_out_channels=(128, 256, 512, 512), latent_channels=channels, layers_per_block=2,
        down_block_types=("DownEncoderBlock2D",) * blocks, up_block_types=("UpDecoderBlock2D",) * blocks,
        use_quant_conv=channels == 4, use_post_quant_conv=channels == 4, sample_size=1024,
        shift_factor=0.1159 if channels == 16 else None, scaling_factor=0.3611 if channels == 16 else 0.18215,
    )  # fmt: skip


def clip(large: bool) -> Any:
    from transformers import CLIPTextConfig

    sizes = (1280, 5120, 32, 20) if large else (768, 3072, 12, 12)
    return CLIPTextConfig(
        hidden_size=sizes[0], intermediate_size=sizes[1], num_hidden_layers=sizes[2], num_attention_heads=sizes[3],
        projection_dim=sizes[0], vocab_size=49408, bos_token_id=0, eos_token_id=1, pad_token_id=1,
    )  # fmt: skip


def sd(folder: Path) -> Any:
    from diffusers import DDIMScheduler, StableDiffusionInpaintPipeline, UNet2DConditionModel
    from transformers import CLIPTextModel

    unet = UNet2DConditionModel(in_channels=9, sample_size=64, cross_attention_dim=768, attention_head_dim=8)
    return StableDiffusionInpaintPipeline(
        vae=vae(4), text_encoder=CLIPTextModel(clip(False)), tokenizer=clip_tokenizer(folder), unet=unet,
        scheduler=DDIMScheduler(beta_schedule="scaled_linear", clip_sample=False, set_alpha_to_one=False),
        safety_checker=None, feature_extractor=None, requires_safety_checker=False,
    )  # fmt: skip


def sdxl(folder: Path) -> Any:
    from diffusers import EulerDiscreteScheduler, StableDiffusionXLInpaintPipeline, UNet2DConditionModel
    from transformers import CLIPTextModel, CLIPTextModelWithProjection

    unet = UNet2DConditionModel(
        in_channels=9, sample_size=128, block_out_channels=(320, 640, 1280), cross_attention_dim=2048,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
        transformer_layers_per_block=(1, 2, 10), attention_head_dim=(5, 10, 20), use_linear_projection=True,
        addition_embed_type="text_time", addition_time_embed_dim=256, projection_class_embeddings_input_dim=2816,
    )  # fmt: skip
    tokenizer = clip_tokenizer(folder)
    return StableDiffusionXLInpaintPipeline(
        vae=vae(4), text_encoder=CLIPTextModel(clip(False)), text_encoder_2=CLIPTextModelWithProjection(clip(True)),
        tokenizer=tokenizer, tokenizer_2=tokenizer, unet=unet,
        scheduler=EulerDiscreteScheduler(beta_schedule="scaled_linear", timestep_spacing="leading", steps_offset=1),
    )  # fmt: skip


def flux(folder: Path) -> Any:
    from diffusers import FlowMatchEulerDiscreteScheduler, FluxFillPipeline, FluxTransformer2DModel
    from transformers import CLIPTextModel, T5Config, T5EncoderModel

    transformer = FluxTransformer2DModel(in_channels=384, out_channels=64, guidance_embeds=True)
    t5 = T5Config(
        vocab_size=32128, d_model=4096, d_kv=64, d_ff=10240, num_layers=24, num_heads=64,
        feed_forward_proj="gated-gelu",
    )  # fmt: skip
    return FluxFillPipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(), vae=vae(16), text_encoder=CLIPTextModel(clip(False)),
        tokenizer=clip_tokenizer(folder), text_encoder_2=T5EncoderModel(t5), tokenizer_2=t5_tokenizer(),
        transformer=transformer,
    )  # fmt: skip


ARCHITECTURES: dict[str, Callable[[Path], Any]] = {"sd": sd, "sdxl": sdxl, "flux": flux}


def build(family: str, folder: Path) -> Any:
    """The pipeline in bfloat16, made on the GPU itself."""
    import torch

    torch.manual_seed(0)
    torch.set_default_dtype(torch.bfloat16)
    try:
        with torch.device("cuda"):
            pipe = ARCHITECTURES[family](folder)
    finally:
        torch.set_default_dtype(torch.float32)
    # Schedulers compute on the processor; this one was made on the GPU with the rest.
    pipe.register_modules(scheduler=type(pipe.scheduler).from_config(pipe.scheduler.config))
    for part in pipe.components.values():
        if isinstance(part, torch.nn.Module):
            part.to(torch.bfloat16).eval()
    return pipe


# --- measuring


def request(entry: ModelEntry, side_px: int, seeds: tuple[int, ...], steps: int = STEPS) -> EngineRequest:
    rng = np.random.default_rng(0)
    image = rng.integers(60, 200, (side_px, side_px, 3), dtype=np.uint8)
    mask = np.zeros((side_px, side_px), np.uint8)
    third = side_px // 3
    mask[third : 2 * third, third : 2 * third] = 255
    params = params_from_data(info_of(entry), {"steps": steps, "prompt": "planks of old wood"})
    return EngineRequest(Verb.REMOVE, params, image, mask, seeds)


def timed(act: Callable[[], Any]) -> tuple[float, Any]:
    import torch

    torch.cuda.synchronize()
    began = time.monotonic()
    try:
        answer = act()
    except EngineError as error:  # random weights may give no numbers; the time is the same
        answer = str(error)
    torch.cuda.synchronize()
    return time.monotonic() - began, answer


def median(act: Callable[[], Any], repeats: int = 3) -> float:
    return round(statistics.median(timed(act)[0] for _ in range(repeats)), 4)


class Bench:
    """One architecture."""

    def __init__(self, family: str, folder: Path) -> None:
        self.family = family
        began = time.monotonic()
        pipe = build(family, folder)
        kind = type(pipe).__name__
        self.entry = ModelEntry(family, str(folder), pipeline=kind, device="cuda", dtype="bfloat16")
        about = ModelFolder(folder, kind, (), "", "", "random", 0)
        self.model = LoadedModel(self.entry, about, pipe, "cuda", "bfloat16", _taken(pipe))
        _quieten()
        pipe.set_progress_bar_config(disable=True)
        place(self.model, offload="none")
        _tune(self.model)
        setattr(engine_module, "get_entry", lambda _name: self.entry)  # noqa: B010 - it is not the module's to export
        self.engine = DiffusersEngine(f"diffusers:{family}")
        self.engine._model = self.model
        say(family=family, build_s=round(time.monotonic() - began, 1))

    def use(self, **settings: Any) -> None:
        self.entry = replace(self.entry, **settings)
        self.model.entry = self.entry

    def ours(self, side_px: int, seeds: tuple[int, ...] = (1,), steps: int = STEPS) -> Any:
        return self.engine.inpaint(request(self.entry, side_px, seeds, steps), Silence())

    def bare(self, side_px: int) -> Any:
        wanted = request(self.entry, side_px, (1,))
        sampler = make_sampler(self.model, wanted, shrink=1.0)
        arguments = call_arguments(
            self.model, wanted.params, sampler.image, sampler.mask, seeds=(1,), strength=1.0, on_step=lambda *_: None
        )  # fmt: skip
        del arguments["callback_on_step_end"]
        return self.model.pipe(**arguments)

    def sizes(self) -> None:
        import torch

        for side_px in (512, 1024):
            self.use(side_px=side_px, batch=1)
            torch.cuda.reset_peak_memory_stats()
            first_s, answer = timed(partial(self.ours, side_px, steps=4))
            ours, bare = [], []
            for _ in range(3):
                ours.append(timed(partial(self.ours, side_px))[0])
                bare.append(timed(partial(self.bare, side_px))[0])
            own_s, bare_s = statistics.median(ours), statistics.median(bare)
            say(
                family=self.family, side_px=side_px, steps=STEPS, s_per_candidate=round(own_s, 3),
                bare_s=round(bare_s, 3), ratio=round(own_s / bare_s, 4), first_4_steps_s=round(first_s, 2),
                peak_gb=round(torch.cuda.max_memory_allocated() / 1e9, 1),
                usable=not isinstance(answer, str), spread=[round(value, 3) for value in ours],
            )  # fmt: skip

    def batches(self) -> None:
        seeds = (1, 2, 3, 4)
        for side_px in (512, 1024):
            if not in_time(60):
                return
            self.use(side_px=side_px, batch=1)
            alone_s, alone = timed(partial(self.ours, side_px, seeds))
            again = timed(partial(self.ours, side_px, (2,)))[1]
            self.use(batch=4)
            timed(partial(self.ours, side_px, seeds, steps=2))
            together_s, together = timed(partial(self.ours, side_px, seeds))
            figures: dict[str, Any] = {}
            if not any(isinstance(one, str) for one in (alone, again, together)):
                one = alone.images[1].astype(int)
                figures = {
                    "again_same_bytes": bool((one == again.images[0]).all()),
                    "batch_largest_difference": int(np.abs(one - together.images[1]).max()),
                    "batch_mean_difference": round(float(np.abs(one - together.images[1]).mean()), 4),
                }
            say(
                family=self.family, side_px=side_px, four_alone_s=round(alone_s, 3),
                batch_of_four_s=round(together_s, 3), gain=round(alone_s / together_s, 3), **figures,
            )  # fmt: skip
        self.use(batch=1)

    def variants(self) -> None:
        import torch

        side_px = 1024
        self.use(side_px=side_px, batch=1)
        pipe = self.model.pipe
        denoiser = getattr(pipe, "transformer", None) or pipe.unet
        self._variant("default", side_px)
        for backend in ("_native_cudnn", "_native_flash", "_native_efficient"):
            try:
                denoiser.set_attention_backend(backend)
                self._variant(f"attention {backend}", side_px)
            except (ValueError, RuntimeError, AttributeError, ImportError) as error:
                say(family=self.family, variant=f"attention {backend}", error=str(error)[:150])
        denoiser.set_attention_backend("native")
        if self.family != "flux":
            denoiser.to(memory_format=torch.channels_last)
            pipe.vae.to(memory_format=torch.channels_last)
            self._variant("channels_last", side_px)
        if in_time(120):
            self.use(compile=True)
            if getattr(denoiser, "_repeated_blocks", None):
                denoiser.compile_repeated_blocks()
            else:
                denoiser.compile()
            try:
                first_s = timed(lambda: self.ours(side_px, steps=2))[0]
                self._variant("compiled", side_px, first_s=round(first_s, 1))
            except (RuntimeError, ImportError) as error:
                say(family=self.family, variant="compiled", error=str(error)[:150])

    def _variant(self, name: str, side_px: int, **more: Any) -> None:
        if not in_time(30):
            return
        timed(lambda: self.ours(side_px, steps=2))
        say(family=self.family, variant=name, side_px=side_px, s=median(lambda: self.ours(side_px), 2), **more)


def warm_start(folder: Path) -> None:
    """A second job through the executor and a real process, from handing it over to the first thing that happens."""
    from reviewtui.model.geometry import PixelSize
    from reviewtui.model.runs import TERMINAL_EVENTS, Progressed, RunSpec, Started
    from reviewtui.worker.executors.local import LocalExecutor

    pipe = build("sd", folder)
    target = folder / "sd15"
    pipe.save_pretrained(target, safe_serialization=True)
    del pipe
    gc.collect()
    entry = ModelEntry("warm", str(target), pipeline="StableDiffusionInpaintPipeline", side_px=512)
    save_model_entry(entry)
    executor = LocalExecutor(log_path=folder / "engines.log", warm=())
    executor.start()
    body = request(entry, 512, (1,))
    for job in range(6):
        spec = RunSpec(
            job, 1, entry.engine, "remove", {"steps": 8, "prompt": "wood"}, PixelSize(512, 512), body.image.tobytes(),
            body.mask.tobytes(), (job,),
        )  # fmt: skip
        began = time.monotonic()
        executor.submit(spec)
        seen: dict[str, float] = {}
        while not seen.get("end"):
            for event in executor.events(0.001):
                now = round((time.monotonic() - began) * 1000, 1)
                if isinstance(event, Started):
                    seen["started_ms"] = now
                elif isinstance(event, Progressed) and event.message == "encoding":
                    seen["encoding_ms"] = now
                elif isinstance(event, Progressed) and event.message.startswith("step 1 "):
                    seen["first_step_ms"] = now
                elif isinstance(event, TERMINAL_EVENTS):
                    seen["end"] = now
                    kind = type(event).__name__ + (f": {event.message}" if hasattr(event, "message") else "")
        say(warm_start_job=job, kind=kind[:200], **seen)
    executor.close()


def main() -> None:
    warnings.simplefilter("ignore")
    folder = Path(sys.argv[1]).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    os.environ["XDG_CONFIG_HOME"] = str(folder / "config")
    import diffusers
    import torch

    say(
        torch=torch.__version__, diffusers=diffusers.__version__, device=torch.cuda.get_device_name(),
        memory_gb=round(torch.cuda.get_device_properties(0).total_memory / 1e9),
    )  # fmt: skip
    for family in sys.argv[2:] or ("warm", *ARCHITECTURES):
        if not in_time(60):
            say(left_out=family)
            continue
        if family == "warm":
            warm_start(folder)
            continue
        bench = Bench(family, folder)
        bench.sizes()
        bench.batches()
        bench.variants()
        del bench
        gc.collect()
        torch.cuda.empty_cache()


if __name__ == "__main__":
    main()
