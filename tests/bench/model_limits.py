"""What a real GPU does when memory is short, and what only a machine with torchvision can run.

``python -m tests.bench.model_limits FOLDER [STAGE…]``; nothing is downloaded, weights are random. Another process takes
the GPU's memory but for what a stage leaves, so that errors, figures and remedies are the driver's own. One JSON line
per figure. Stages: ``qwen``, ``offload``, ``ladder``, ``flux``, ``fresh``.
"""

import contextlib
import gc
import json
import os
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from reviewtui.engines.diffusers.engine import DiffusersEngine
from reviewtui.model.errors import EngineError
from reviewtui.settings.models import ModelEntry, models_file, save_model_entry
from tests.bench.model_speed import Bench, Silence, build, in_time, request, say, timed

SIDE_PX = 1024
STEPS = 8
_HOG = """
import sys, torch
free, total = torch.cuda.mem_get_info()
held = [torch.empty(max(free - int(float(sys.argv[1]) * 1e9), 0), dtype=torch.uint8, device="cuda")]
print("holding", flush=True)
sys.stdin.read()
"""


@contextlib.contextmanager
def only(free_gb: float) -> Iterator[None]:
    """So much of the GPU's memory is left for everybody else."""
    with subprocess.Popen(
        [sys.executable, "-c", _HOG, str(free_gb)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as hog:
        assert hog.stdin is not None
        assert hog.stdout is not None
        try:
            hog.stdout.readline()
            yield
        finally:
            hog.stdin.close()
            hog.wait()


def forget() -> None:
    """Give back what this process holds of the GPU."""
    import torch

    gc.collect()
    torch.cuda.empty_cache()


def saved_sdxl(folder: Path) -> ModelEntry:
    """SDXL in a folder, as a user would have it."""
    target = folder / "sdxl"
    if not target.exists():
        pipe = build("sdxl", folder)
        pipe.save_pretrained(target, safe_serialization=True)
        del pipe
        forget()
    return ModelEntry("sdxl", str(target), pipeline="StableDiffusionXLInpaintPipeline", side_px=SIDE_PX)


def add(entry: ModelEntry) -> None:
    """The only entry there is."""
    models_file().unlink(missing_ok=True)
    save_model_entry(entry)


def run(entry: ModelEntry, seeds: tuple[int, ...] = (1,)) -> dict[str, Any]:
    """Load as a user's job would, sample, and say what it took and what was given up."""
    import torch

    add(entry)
    engine = DiffusersEngine(entry.engine)
    torch.cuda.reset_peak_memory_stats()
    began = time.monotonic()
    try:
        engine.load("")
        loaded_s = time.monotonic() - began
        wanted = request(entry, SIDE_PX, seeds, STEPS)
        first_s, answer = timed(lambda: engine.inpaint(wanted, Silence()))
        again_s = timed(lambda: engine.inpaint(wanted, Silence()))[0]
    except EngineError as error:
        return {"refused": str(error), "kind": str(error.kind), "remedy": error.remedy}
    finally:
        forget()
    details = {} if isinstance(answer, str) else answer.details
    peak_gb = round(torch.cuda.max_memory_allocated() / 1e9, 2)
    engine.unload()
    images = [] if isinstance(answer, str) else [str(hash(image.tobytes())) for image in answer.images]
    return {
        "load_s": round(loaded_s, 1), "first_s": round(first_s, 2), "again_s": round(again_s, 2), "peak_gb": peak_gb,
        "answer": answer if isinstance(answer, str) else images,
        **{name: details.get(name) for name in ("memory", "offload", "batch")},
    }  # fmt: skip


def offload(folder: Path) -> None:
    """The same candidate with all parts on the GPU, and waiting in main memory."""
    entry = saved_sdxl(folder)
    for kind in ("none", "model", "sequential"):
        say(stage="offload", entry=kind, **run(replace(entry, offload=kind)))


def ladder(folder: Path) -> None:
    """Four candidates with less and less memory."""
    entry = replace(saved_sdxl(folder), batch=4)
    for free_gb in (16.0, 11.0, 8.0, 6.0):
        with only(free_gb):
            say(stage="ladder", free_gb=free_gb, **run(entry, (1, 2, 3, 4)))


def fresh(folder: Path) -> None:
    """The whole way: the executor starts a process, that runs out of memory, another one tries with less."""
    from reviewtui.model.geometry import PixelSize
    from reviewtui.model.runs import TERMINAL_EVENTS, Progressed, RunSpec
    from reviewtui.worker.executors.local import LocalExecutor

    forget()
    entry = saved_sdxl(folder)
    add(entry)
    body = request(entry, SIDE_PX, (1,))
    for job, free_gb in enumerate((8.0, 4.5, 1.5)):
        with only(free_gb):
            executor = LocalExecutor(log_path=folder / "engines.log", warm=())
            executor.start()
            executor.submit(RunSpec(
                job, 1, entry.engine, "remove", {"steps": STEPS, "prompt": "wood"}, PixelSize(SIDE_PX, SIDE_PX),
                body.image.tobytes(), body.mask.tobytes(), (1,),
            ))  # fmt: skip
            began, told, end = time.monotonic(), [], None
            while end is None and time.monotonic() - began < 120:
                for event in executor.events(0.05):
                    if isinstance(event, Progressed) and event.message and "memory" in event.message:
                        told.append(event.message)
                    elif isinstance(event, TERMINAL_EVENTS):
                        end = event
            details = getattr(end, "details", None) or {}
            say(
                stage="fresh", free_gb=free_gb, s=round(time.monotonic() - began, 1), told=told,
                end=type(end).__name__, message=getattr(end, "message", None), remedy=getattr(end, "remedy", None),
                **{name: details.get(name) for name in ("memory", "offload", "sampled_px", "remark")},
            )  # fmt: skip
            executor.close()


def flux(folder: Path) -> None:
    """Flux Fill compiled, and with its parts in main memory."""
    import torch

    from reviewtui.engines.diffusers.loading import place

    bench = Bench("flux", folder)
    bench.use(side_px=SIDE_PX, batch=1)
    bench._variant("default", SIDE_PX)
    bench.model.pipe.transformer.compile_repeated_blocks()
    bench.use(compile=True)
    first_s = timed(lambda: bench.ours(SIDE_PX, steps=2))[0]
    bench._variant("compiled", SIDE_PX, first_s=round(first_s, 1))
    if not in_time(60):
        return
    del bench
    forget()
    torch.compiler.reset()
    bench = Bench("flux", folder)
    bench.use(side_px=SIDE_PX, batch=1, offload="model")
    place(bench.model, offload="model")
    timed(lambda: bench.ours(SIDE_PX, steps=2))
    forget()
    torch.cuda.reset_peak_memory_stats()
    took_s = timed(lambda: bench.ours(SIDE_PX))[0]
    say(stage="flux", entry="model", s=round(took_s, 2), peak_gb=round(torch.cuda.max_memory_allocated() / 1e9, 1))


def qwen(folder: Path) -> None:
    """Qwen Image Edit, tiny: its processor of pictures needs torchvision."""
    from tests.support.tiny_families import make_qwen_edit

    target = folder / "qwen"
    pipe = make_qwen_edit(folder)
    pipe.save_pretrained(target, safe_serialization=True)
    for device in ("cpu", "cuda"):
        entry = ModelEntry(f"qwen-{device}", str(target), pipeline=type(pipe).__name__, device=device, dtype="float32")
        say(stage="qwen", device=device, **run(entry, (1, 2)))


STAGES: dict[str, Callable[[Path], None]] = {
    "qwen": qwen, "offload": offload, "ladder": ladder, "flux": flux, "fresh": fresh
}  # fmt: skip


def main() -> None:
    warnings.simplefilter("ignore")
    folder = Path(sys.argv[1]).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    os.environ["XDG_CONFIG_HOME"] = str(folder / "config")
    import torch

    print(json.dumps({"torch": torch.__version__, "device": torch.cuda.get_device_name()}), flush=True)
    for stage in sys.argv[2:] or STAGES:
        if not in_time(40):
            say(left_out=stage)
            continue
        try:
            STAGES[stage](folder)
        except Exception as error:  # noqa: BLE001 - the other stages shall still be run on a machine that is lent
            say(stage=stage, error=f"{type(error).__name__}: {error}"[:400])
        forget()


if __name__ == "__main__":
    main()
