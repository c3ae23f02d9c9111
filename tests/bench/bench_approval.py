"""Approvals through the service against a raw sqlite3 transaction with synchronous=FULL."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from unittest import mock

from reviewtui.imaging.decoding import Decoder
from reviewtui.model.lifecycle import Verdict
from reviewtui.services import review
from reviewtui.services.ingest import scan
from reviewtui.services.review import Ballot, decide
from reviewtui.services.workspace import open_workspace
from reviewtui.store.driver import sqlite3
from tests.bench.measure import machine, milliseconds, seconds
from tests.support.pictures import noise, write_png

ASSETS = 400
AIM = 0.5


def main() -> None:
    print(machine())
    with tempfile.TemporaryDirectory() as place:
        os.environ["HOME"] = place
        folder = Path(place) / "work"
        for n in range(ASSETS):
            write_png(folder / f"small_{n:03d}.png", noise(16, 16, seed=n))
        for n in range(20):
            write_png(folder / f"large_{n:03d}.png", noise(1024, 700, seed=n))
        workspace = open_workspace(folder, flags={"scan_settle_s": 0.0})
        with Decoder() as decoder:
            scan(workspace, decoder)
        raw = sqlite3.connect(Path(place) / "raw.db", isolation_level=None)
        raw.execute("PRAGMA journal_mode=WAL")
        raw.execute("PRAGMA synchronous=FULL")
        raw.execute("CREATE TABLE decision (id INTEGER PRIMARY KEY, asset INTEGER, sha256 TEXT, verdict TEXT, at TEXT)")

        def insert(n: int) -> None:
            raw.execute("BEGIN IMMEDIATE")
            raw.execute(
                "INSERT INTO decision (asset, sha256, verdict, at) VALUES (?, ?, 'approved', '')", (n, "0" * 64)
            )
            raw.execute("COMMIT")

        def approve(key: str) -> None:
            decide(workspace, key, Ballot(Verdict.APPROVED))

        approve("large_000")
        ours, bare, without = [], [], []
        for n in range(0, ASSETS, 2):
            ours.append(seconds(lambda: approve(f"small_{n:03d}")))  # noqa: B023 - called at once
            bare.append(seconds(lambda: insert(n)))  # noqa: B023
            with mock.patch.object(review, "check_bytes_on_disk"), mock.patch.object(review, "keep_version"):
                without.append(seconds(lambda: approve(f"small_{n + 1:03d}")))  # noqa: B023
        large = [seconds(lambda: approve(f"large_{n:03d}")) for n in range(1, 20)]  # noqa: B023
        workspace.close()
        raw.close()
    rate = sum(bare) / sum(ours)
    print(f"raw transaction:                      {milliseconds(bare)}")
    print(f"approval, file read and kept (1 kB):  {milliseconds(ours)}; {rate:.2f} × the raw rate (aim {AIM:g})")
    print(
        f"approval without reading the file:    {milliseconds(without)}; {sum(bare) / sum(without):.2f} × the raw rate"
    )
    print(f"approval of a file of 2 MB:           {milliseconds(large)}")


if __name__ == "__main__":
    main()
