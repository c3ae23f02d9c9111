"""From an entry to a pipeline in memory. Heavy: runs in an engine's process only. Never downloads, never unpickles."""

import inspect
import os
import warnings
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import Any

from reviewtui.engines.diffusers.control import check_control
from reviewtui.engines.diffusers.families import Family, find_family
from reviewtui.engines.diffusers.folder import ModelFolder, find_folder, inspect_folder
from reviewtui.engines.diffusers.listing import missing_libraries
from reviewtui.engines.diffusers.memory import as_out_of_memory, release
from reviewtui.model.errors import EngineError
from reviewtui.model.lifecycle import ErrorKind
from reviewtui.settings.models import ModelEntry

_LOAD_ERRORS = (OSError, ValueError, KeyError, TypeError, AttributeError, RuntimeError, ImportError)
_DENOISERS = ("transformer", "unet")


@dataclass(slots=True)
class LoadedModel:
    """A pipeline that is ready to be called.

    Attributes:
        entry: the entry that it was loaded for, with all settings.
        folder: what was found on disk.
        pipe: the pipeline.
        device: ``cpu``, ``cuda`` or ``mps``.
        dtype: name of the weights' type.
        takes: names that the pipeline's call takes.
        placed: where its parts are now, one of ``settings.models.OFFLOADS``; empty before they were placed.
        fits: whether it went onto its device as a whole; else its parts wait in main memory whatever the entry says.
        is_tiled: whether its decoder works in tiles now.
        preview_matrix: from latents to colours, once measured; False when it cannot be.
    """

    entry: ModelEntry
    folder: ModelFolder
    pipe: Any
    device: str
    dtype: str
    takes: frozenset[str]
    placed: str = ""
    fits: bool = True
    is_tiled: bool = False
    preview_matrix: Any = field(default=None, repr=False)

    @property
    def is_offloaded(self) -> bool:
        """Whether its parts wait in main memory now."""
        return self.placed not in {"", "none"}

    @property
    def is_made_for_inpainting(self) -> bool:
        """Whether it sees the mask itself, beside having its result held to it."""
        return "Inpaint" in self.folder.pipeline or "Fill" in self.folder.pipeline

    @property
    def family(self) -> Family:
        """What is known of its kind."""
        return find_family(type(self.pipe).__name__)

    @property
    def can_start_from_picture(self) -> bool:
        """Whether a strength below 1 means anything to it."""
        return "strength" in self.takes

    @property
    def cell_px(self) -> int:
        """Side of the square of pixels behind one latent."""
        return int(getattr(self.pipe, "vae_scale_factor", 8))

    def facts(self) -> dict[str, Any]:
        """What a record of a result needs to know of the model; JSON-ready."""
        import diffusers
        import torch

        entry, folder = self.entry, self.folder
        facts: dict[str, Any] = {
            "model": entry.source,
            "pipeline": type(self.pipe).__name__,
            "identity": folder.identity,
            # Of a hub model the commit, whatever it was asked for by: its folder in the cache is called so.
            "revision": None if entry.is_folder else folder.path.name,
            "licence": folder.licence or None,
            "device": self.device if self.device == "cpu" else f"{self.device} ({_device_name(self.device)})",
            "dtype": self.dtype,
            "attention": entry.attention or "default",
            "compiled": entry.compile,
            "torch": str(torch.__version__),
            "diffusers": str(diffusers.__version__),
        }
        if entry.lora:
            facts |= {"lora": entry.lora, "lora_scale": entry.lora_scale}
        if "control_image" in self.takes:
            facts |= {"control": entry.control, "control_scale": entry.control_scale}
        return facts


def load_model(entry: ModelEntry) -> LoadedModel:
    """Load and place a pipeline. Blocking: seconds to minutes.

    Raises:
        EngineError: kind ``engine_missing`` when it is absent, broken, unsafe or no inpaint pipeline; ``bad_input``
            when a setting of the entry cannot be used here; ``out_of_memory``.
    """
    missing = missing_libraries()
    if missing:
        raise EngineError(
            ErrorKind.ENGINE_MISSING, f"{entry.engine} needs {', '.join(missing)}", f"pip install {' '.join(missing)}"
        )
    folder = inspect_folder(find_folder(entry))
    # The hub's library reads this when it is imported: nothing in this process may go and look for files.
    os.environ["HF_HUB_OFFLINE"] = os.environ["TRANSFORMERS_OFFLINE"] = "1"
    device = _find_device(entry)
    _quieten()
    try:
        pipe, dtype = _from_folder(entry, folder, device)
        model = LoadedModel(entry, folder, pipe, device, dtype, _taken(pipe))
        _check_call(model)
        _add_lora(model)
        _place_first(model)
        _tune(model)
    except _LOAD_ERRORS as error:
        if as_out_of_memory(error) is not None:
            raise EngineError(
                ErrorKind.OUT_OF_MEMORY,
                f"{entry.engine} does not fit: its weights are {folder.weights_bytes / 1e9:.1f} GB",
                'set offload = "model" or dtype = "bfloat16" for it in engines.toml',
            ) from error
        words = " ".join(str(error).split())[:300]
        raise EngineError(
            ErrorKind.ENGINE_MISSING, f"{entry.engine} cannot be loaded: {type(error).__name__}: {words}",
            "`reviewtui engines` says whether its files are whole",
        ) from error  # fmt: skip
    return model


def _find_device(entry: ModelEntry) -> str:
    import torch

    there = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if entry.device == "auto":
        return next(name for name in ("cuda", "mps", "cpu") if there[name])
    if not there[entry.device]:
        raise EngineError(
            ErrorKind.ENGINE_MISSING, f"{entry.engine} wants the device {entry.device}, which is not here",
            'set device = "auto" for it in engines.toml',
        )  # fmt: skip
    return entry.device


def _from_folder(entry: ModelEntry, folder: ModelFolder, device: str) -> tuple[Any, str]:
    """The Auto class refuses some pipelines that are made for it and lacks others: those are loaded as they are."""
    import torch
    from diffusers import AutoPipelineForInpainting, DiffusionPipeline

    dtype = entry.dtype if entry.dtype != "auto" else ("bfloat16" if device == "cuda" else "float32")
    is_as_is = "Inpaint" in folder.pipeline or "Fill" in folder.pipeline
    loader: Any = DiffusionPipeline if is_as_is else AutoPipelineForInpainting
    with warnings.catch_warnings():
        # The new name of the argument is not known to every version that is supported.
        warnings.filterwarnings("ignore", "`torch_dtype` is deprecated", FutureWarning)
        pipe = loader.from_pretrained(
            str(folder.path),
            torch_dtype=getattr(torch, dtype),
            variant=folder.variant or None,
            use_safetensors=True,
            local_files_only=True,
            trust_remote_code=False,
        )
    pipe.set_progress_bar_config(disable=True)
    _mend(pipe)
    return pipe, dtype


def _mend(pipe: Any) -> None:
    """Chroma's inpaint pipeline asks its transformer for a setting that this has not (diffusers 0.42)."""
    transformer: Any = getattr(pipe, "transformer", None)
    if type(transformer).__name__ == "ChromaTransformer2DModel" and "guidance_embeds" not in transformer.config:
        transformer.register_to_config(guidance_embeds=False)


def _taken(pipe: Any) -> frozenset[str]:
    return frozenset(inspect.signature(pipe.__call__).parameters)


def _check_call(model: LoadedModel) -> None:
    name = type(model.pipe).__name__
    if not ({"image", "mask_image"} <= model.takes or {"control_image", "control_mask"} <= model.takes):
        raise EngineError(ErrorKind.ENGINE_MISSING, f"{name} takes no mask", "add a pipeline for inpainting or filling")
    check_control(model.pipe, model.takes)


def _quieten() -> None:
    """Progress bars and advice of the libraries would fill the worker's log."""
    from diffusers.utils import logging as of_diffusers
    from transformers.utils import logging as of_transformers

    diffusers_logging: Any = of_diffusers
    transformers_logging: Any = of_transformers
    diffusers_logging.set_verbosity_error()
    transformers_logging.set_verbosity_error()
    diffusers_logging.disable_progress_bar()
    transformers_logging.disable_progress_bar()


def _add_lora(model: LoadedModel) -> None:
    entry = model.entry
    if not entry.lora:
        return
    from pathlib import Path

    file = Path(entry.lora)
    if file.suffix != ".safetensors" or not file.is_file():
        raise EngineError(
            ErrorKind.ENGINE_MISSING, f"the LoRA {file} is no .safetensors file here", "mend engines.toml"
        )
    if find_spec("peft") is None:
        raise EngineError(ErrorKind.ENGINE_MISSING, "a LoRA needs the library peft", "pip install 'reviewtui[lora]'")
    if not hasattr(model.pipe, "load_lora_weights"):
        raise EngineError(
            ErrorKind.BAD_INPUT, f"{type(model.pipe).__name__} takes no LoRA", "remove it in engines.toml"
        )
    model.pipe.load_lora_weights(str(file.parent), weight_name=file.name, adapter_name="entry", local_files_only=True)
    model.pipe.set_adapters(["entry"], [entry.lora_scale])


def _place_first(model: LoadedModel) -> None:
    """As the entry says; a model that does not fit on its device whole is left in main memory, part by part."""
    try:
        place(model, offload=model.entry.offload)
    except RuntimeError as error:
        if as_out_of_memory(error) is None or model.device == "cpu" or model.entry.offload != "none":
            raise
        # The error holds what was moved so far.
        error.__traceback__ = None
        release()
        model.fits = False
        place(model, offload="model")


def place(model: LoadedModel, *, offload: str) -> None:
    """Put the parts where they work: on the device, or waiting in main memory. Does nothing when they are there.

    Args:
        offload: one of ``settings.models.OFFLOADS``; ``none`` on a machine without another device.

    Raises:
        RuntimeError: they do not fit there (torch's own, see ``memory.as_out_of_memory``).
    """
    pipe = model.pipe
    wanted = offload if model.device != "cpu" else "none"
    if wanted == model.placed:
        return
    if model.is_offloaded:
        pipe.remove_all_hooks()
    model.placed = ""
    if wanted == "none":
        pipe.to(model.device)
    elif wanted == "sequential":
        pipe.enable_sequential_cpu_offload(device=model.device)
    else:
        pipe.enable_model_cpu_offload(device=model.device)
    model.placed = wanted


def set_tiling(model: LoadedModel, on: bool) -> None:
    """Let the decoder work in tiles, where it can."""
    vae: Any = getattr(model.pipe, "vae", None)
    if on == model.is_tiled or not hasattr(vae, "enable_tiling"):
        return
    if on:
        vae.enable_tiling()
    else:
        vae.disable_tiling()
    model.is_tiled = on


def _tune(model: LoadedModel) -> None:
    import torch

    entry = model.entry
    torch.backends.cudnn.deterministic = True
    set_tiling(model, entry.vae_tiling)
    denoiser = next((part for name in _DENOISERS if (part := getattr(model.pipe, name, None)) is not None), None)
    if denoiser is None:
        return
    if entry.attention:
        denoiser.set_attention_backend(entry.attention)
    if entry.channels_last:
        denoiser.to(memory_format=torch.channels_last)
        model.pipe.vae.to(memory_format=torch.channels_last)
    if entry.compile:
        denoiser.compile_repeated_blocks() if getattr(denoiser, "_repeated_blocks", None) else denoiser.compile()


def _device_name(device: str) -> str:
    import torch

    return torch.cuda.get_device_name() if device == "cuda" else device
