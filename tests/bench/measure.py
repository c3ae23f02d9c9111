"""Timing for benchmarks: each compares with a reference that is timed in the same run, turn by turn."""

from __future__ import annotations

import math
import os
import platform
import statistics
import time
from collections.abc import Callable, Sequence


def seconds(act: Callable[[], object]) -> float:
    """Wall time of one call."""
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def share(values: Sequence[float], part: float) -> float:
    """The value below which `part` (0 to 1) of the values lie."""
    ordered = sorted(values)
    return ordered[min(math.ceil(part * len(ordered)), len(ordered)) - 1]


def milliseconds(values: Sequence[float]) -> str:
    """Median, 99th percentile and maximum of times in seconds."""
    return (
        f"median {statistics.median(values) * 1000:.2f} ms, p99 {share(values, 0.99) * 1000:.2f} ms,"
        f" max {max(values) * 1000:.2f} ms, n {len(values)}"
    )


def machine() -> str:
    """What the figures were taken on; the ratios are what counts."""
    return (
        f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, Linux {platform.release()},"
        f" Python {platform.python_version()}"
    )
