"""A real worker process with the gated engine: ``python -m tests.support.worker_process FOLDER JSON``.

Options: ``once``, ``idle_s``, ``lease_s``, and ``die_before_commit``: SIGKILL itself when blobs are written and the
transaction that names them is about to be committed.
"""

import json
import os
import signal
import sys
from typing import Any

from reviewtui.engines.base import EngineInfo
from reviewtui.engines.registry import get_info
from reviewtui.imaging.decoding import Decoder
from reviewtui.model.runs import Executor
from reviewtui.services import landing
from reviewtui.services.workspace import Workspace
from reviewtui.worker.dispatcher import Dispatcher, Narrate, Timing
from reviewtui.worker.executors.local import LocalExecutor
from reviewtui.worker.main import run_worker
from tests.support.desk import open_desk
from tests.support.gated_engine import TARGET, GatedEngine


def find_info(name: str) -> EngineInfo:
    return GatedEngine.info if name == "gated" else get_info(name)


def main() -> None:
    folder, options = sys.argv[1], json.loads(sys.argv[2])
    timing = Timing(lease_s=options.get("lease_s", 30.0), heartbeat_s=min(options.get("lease_s", 30.0) / 4, 5.0))
    if options.get("die_before_commit"):
        setattr(landing, "add_proof", _die)  # noqa: B010 - it is not the module's to export

    def make_executor(workspace: Workspace) -> Executor:
        return LocalExecutor(log_path=workspace.paths.worker_log, warm=(), engines={"gated": TARGET})

    def make_dispatcher(
        workspace: Workspace, decoder: Decoder, executor: Executor, worker: str, narrate: Narrate
    ) -> Dispatcher:
        return Dispatcher(
            workspace, decoder, executor, worker=worker, narrate=narrate, timing=timing, find_info=find_info
        )

    desk = open_desk(folder, worker_idle_s=options.get("idle_s", 600.0))  # type: ignore[arg-type]
    status = run_worker(
        desk,
        once=options.get("once", False),
        narrate=lambda words: print(words, flush=True),
        make_executor=make_executor,
        make_dispatcher=make_dispatcher,
    )
    desk.close()
    sys.exit(status)


def _die(*args: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main()
