"""CPU time of `reviewtui --help` against an interpreter that does nothing."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys

from tests.bench.measure import machine

ROUNDS = 15


def cpu_seconds(*words: str) -> float:
    """User and system time of one process."""
    with subprocess.Popen([sys.executable, *words], stdout=subprocess.DEVNULL) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        assert process.returncode == 0
    return usage.ru_utime + usage.ru_stime


def main() -> None:
    print(machine())
    ours, bare = [], []
    for _ in range(ROUNDS):
        ours.append(cpu_seconds("-m", "reviewtui", "--help"))
        bare.append(cpu_seconds("-c", "import argparse"))
    mine, reference = statistics.median(ours), statistics.median(bare)
    print(f"reviewtui --help: {mine * 1000:.0f} ms CPU; python -c 'import argparse': {reference * 1000:.0f} ms;")
    print(f"ratio {mine / reference:.2f}")


if __name__ == "__main__":
    main()
