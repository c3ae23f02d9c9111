"""``engines add --download`` against a hub on this machine: only when asked, and only what is safe."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.support.fake_hub import COMMIT, serve


def run(hub: str, cache: Path, *words: str) -> subprocess.CompletedProcess[str]:
    keep = {key: value for key, value in os.environ.items() if key != "HF_HUB_OFFLINE"}
    environment = {**keep, "HF_ENDPOINT": hub, "HF_HUB_CACHE": str(cache), "HF_HUB_DISABLE_XET": "1"}
    command = [sys.executable, "-m", "reviewtui", "engines", *words, "--json"]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=100, check=False)


def test_engines_add__from_a_hub__fetches_when_asked_and_nothing_that_could_run(
    tiny_pipelines: dict[str, Path], tmp_path: Path
) -> None:
    model = tmp_path / "model"
    shutil.copytree(tiny_pipelines["flux"], model)
    (model / "transformer" / "weights.bin").write_bytes(b"pickled")
    (model / "pipeline.py").write_text("raise SystemExit\n")
    (model / "example.png").write_bytes(b"png")
    cache = tmp_path / "cache"
    with serve(model, "org/model") as hub:
        refused = run(hub.url, cache, "add", "mine", "org/model")
        assert refused.returncode == 1
        assert "nothing was downloaded" in refused.stderr
        assert hub.fetched == []
        done = run(hub.url, cache, "add", "mine", "org/model", "--download")
        assert done.returncode == 0, done.stderr
        assert "model_index.json" in hub.fetched
        assert not [path for path in hub.fetched if path.endswith((".py", ".bin", ".png"))]
    record = json.loads(done.stdout.strip().splitlines()[-1])
    assert (record["name"], record["available"]) == ("diffusers:mine", True)
    snapshot = cache / "models--org--model" / "snapshots" / COMMIT
    assert (snapshot / "model_index.json").is_file()
    # The hub is gone: what was fetched is enough.
    again = run("http://127.0.0.1:9", cache)
    assert '"diffusers:mine"' in again.stdout
    assert again.returncode == 0
