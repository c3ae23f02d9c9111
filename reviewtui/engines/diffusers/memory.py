"""When memory runs out: which error says so, and what to give up, in which order. Loads no library by itself."""

import gc
import sys
from enum import StrEnum
from typing import Any

_SIGNS = (
    "out of memory", "not enough memory", "can't allocate memory", "cannot allocate memory",
    "status_alloc_failed",  # cuBLAS and cuDNN, when nothing is left for their own workspace
)  # fmt: skip


class Rung(StrEnum):
    """What is given up, one after the other; each includes those before it."""

    NORMAL = "normal"
    TILED = "tiled decoder"
    ALONE = "one candidate at a time"
    OFFLOADED = "parts wait in main memory"
    SMALLER = "smaller working size"


#: Share of the usual area that is sampled on the last rung.
SMALLER_AREA = 0.5


def as_out_of_memory(error: BaseException) -> str | None:
    """The beginning of an error that says that memory ran out, of whatever library; None for any other error."""
    words = str(error).strip().splitlines()
    # CUDA's second sentence is how much was asked for; the rest is its addresses and advice for programmers.
    first = ". ".join(words[0][:200].split(". ")[:2]).rstrip(".") if words else ""
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return first or "out of memory"
    is_said = isinstance(error, RuntimeError) and any(sign in str(error).lower() for sign in _SIGNS)
    return first if is_said else None


def rungs(*, can_tile: bool, can_split: bool, can_offload: bool, frugal: bool) -> list[Rung]:
    """What is tried, in order; rungs that change nothing are left out.

    Args:
        frugal: memory ran out in an earlier process: begin with the last rung.
    """
    if frugal:
        return [Rung.SMALLER]
    wanted = {Rung.TILED: can_tile, Rung.ALONE: can_split, Rung.OFFLOADED: can_offload}
    return [Rung.NORMAL, *(rung for rung, helps in wanted.items() if helps)]


def release() -> None:
    """Give back what nothing refers to any more."""
    gc.collect()
    torch: Any = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_available():
        torch.cuda.empty_cache()


def usage_words() -> str:
    """How much memory there is and how much is free on the device, or what this process has taken at most."""
    torch: Any = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_available():
        free, total = torch.cuda.mem_get_info()
        return f"{free / 1e9:.1f} of {total / 1e9:.1f} GB are free on the GPU"
    import resource

    peak_bytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return f"the process had taken {peak_bytes / 1e9:.1f} GB"
