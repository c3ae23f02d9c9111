"""Do a version's job again from a desk: in a process of its own, which is the command ``again`` itself."""

import json
import os
import subprocess
import sys

from reviewtui.model.errors import RefusedError, StoreError
from reviewtui.services.workspace import Workspace


def repeat_apart(workspace: Workspace, name: str) -> list[str]:
    """What the command ``again`` says of a version, as lines for people. Blocking, as long as the job took.

    Raises:
        RefusedError: it could not be done again; in the command's words.
        StoreError: no process can be started.
    """
    paths = workspace.paths
    command = [sys.executable, "-m", "reviewtui", "again", "--state", str(paths.state), "--json", "--"]
    command += [str(paths.root), name]
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, cwd="/", env=dict(os.environ), check=False
        )
    except OSError as error:
        raise StoreError(f"no process can be started: {error.strerror}") from error
    answer = done.stdout.decode("utf-8", "replace").strip()
    if not answer:
        words = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise RefusedError(words[-1].removeprefix("reviewtui: ") if words else f"{name} could not be done again")
    record = json.loads(answer.splitlines()[-1])
    same = record["engine_hash"] == record["recorded_engine_hash"]
    lines = [
        f"{name} again: {'the same bytes' if record['identical'] else 'NOT the same bytes'}",
        f"job {record['job']}, {record['engine']}, seed {record['seed']}, {record['seconds']:g} s",
        f"recorded  {record['recorded_sha256']}",
        f"now       {record['sha256']}",
    ]
    if not record["identical"]:
        lines.append(f"{record['different_px']} pixels differ, by up to {record['largest_delta']} levels")
    if record["engine_hash"] is not None:
        lines.append(f"engine {'as recorded' if same else 'is NOT as recorded'}  {record['engine_hash']}")
    return lines
