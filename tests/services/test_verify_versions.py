"""Locks, model decodes, pastes and composed versions: what the proof says of them is recomputed, and a lie is found."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from reviewtui.model.geometry import PixelRect
from reviewtui.model.masks import MaskSpec
from reviewtui.services.cherry_picking import ask_cherry_pick
from reviewtui.services.locks import draw_lock, remove_lock
from reviewtui.services.passes import load_passes
from reviewtui.services.rebasing import ask_rebase
from reviewtui.services.verify import verify
from reviewtui.services.workspace import Workspace
from reviewtui.store.versions import find_proof
from tests.support.desk import open_desk, paint, register
from tests.support.edits import DECODER, compose_next, edit, version_of

LEFT, MIDDLE, RIGHT = (4, 4, 20, 16), (40, 30, 20, 16), (70, 54, 20, 16)


@pytest.fixture
def desk(workspace: Path) -> Iterator[Workspace]:
    """v2 by a copying engine, v3 and v4 by one that samples, v5 a rebase, v6 a cherry-pick; a lock since v1."""
    paint(workspace / "hero.png", size=(96, 72))
    opened = open_desk(workspace)
    register(opened)
    draw_lock(opened, "hero@1", MaskSpec(version_of(opened, "hero").size, (PixelRect(40, 30, 6, 16),)))
    edit(opened, "hero", LEFT, 200, feather_px=4)
    edit(opened, "hero", MIDDLE, 60, samples=True)
    edit(opened, "hero", (44, 30, 20, 16), 90, samples=True, feather_px=6)
    ask_rebase(opened, "hero@4", [2])
    compose_next(opened)
    ask_cherry_pick(opened, "hero@4", 2)
    compose_next(opened)
    yield opened
    opened.close()


def wrong(desk: Workspace) -> dict[str, str]:
    return {check.check: check.detail for check in verify(desk, DECODER) if not check.ok}


def tamper(desk: Workspace, statement: str) -> None:
    connection = sqlite3.connect(desk.paths.database)
    with connection:
        connection.execute("PRAGMA foreign_keys=OFF")
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        assert connection.execute(statement).rowcount > 0
    connection.close()


def metrics(desk: Workspace, name: str) -> dict[str, Any]:
    with desk.store.read() as db:
        proof = find_proof(db, version_of(desk, name).id)
    assert proof is not None
    return proof.metrics


def test_verify__locks_decodes_and_composed_versions__all_hold(desk: Workspace) -> None:
    assert wrong(desk) == {}


def test_passes__two_samplings_on_one_place__count_where_they_overlap(desk: Workspace) -> None:
    passes = load_passes(desk, DECODER, version_of(desk, "hero@4"))
    assert passes is not None
    assert passes[38, 50] == 2, "both lie there"
    assert passes[38, 62] == 1, "only the second"
    assert passes[38, 42] == 0, "locked"
    assert passes[10, 10] == 0, "the copying engine decodes nothing"
    assert [metrics(desk, f"hero@{n}")["passes"] for n in (2, 3, 4)] == [0, 1, 2]


def test_passes__of_what_is_composed__add_nothing(desk: Workspace) -> None:
    tip = load_passes(desk, DECODER, version_of(desk, "hero@4"))
    rebased = load_passes(desk, DECODER, version_of(desk, "hero@5"))
    assert tip is not None
    assert rebased is not None
    assert np.array_equal(rebased, tip)
    assert metrics(desk, "hero@5")["passes"] == 0
    assert metrics(desk, "hero@6")["passes"] == 2


def test_passes__nothing_sampled__keeps_no_map(desk: Workspace) -> None:
    with desk.store.read() as db:
        proof = find_proof(db, version_of(desk, "hero@2").id)
    assert proof is not None
    assert proof.passes_sha256 is None
    assert proof.raw_sha256 is None


def test_locks__lifted_later__do_not_change_what_was_measured(desk: Workspace) -> None:
    remove_lock(desk, "hero", 1)
    assert wrong(desk) == {}
    assert metrics(desk, "hero@3")["locks_ok"] is True


def test_locks__drawn_while_the_job_runs__refuse_what_it_changed(desk: Workspace) -> None:
    from reviewtui.model.errors import EngineError

    def lock_it() -> None:
        draw_lock(desk, "hero@2", MaskSpec(version_of(desk, "hero").size, (PixelRect(70, 54, 5, 5),)))

    with pytest.raises(EngineError, match="25 locked pixels"):
        edit(desk, "hero@2", RIGHT, 9, meanwhile=lock_it)


@pytest.mark.parametrize(
    ("statement", "caught_by", "words"),
    [
        ("UPDATE proof SET metrics = json_set(metrics, '$.passes', 7) WHERE version_id = 4", "fixes", "passes 7"),
        ("UPDATE proof SET passes_sha256 = NULL WHERE version_id = 4", "fixes", "map of model decodes"),
        ("UPDATE proof SET passes_sha256 = NULL WHERE version_id = 5", "fixes", "map of model decodes"),
        ("UPDATE proof SET metrics = json_set(metrics, '$.locks_ok', json('null'))", "fixes", "locks_ok None"),
        ("UPDATE proof SET metrics = json_set(metrics, '$.locks_ok', json('false'))", "fixes", "locks_ok False"),
        ("UPDATE proof SET metrics = json_set(metrics, '$.color_error', 0.4) WHERE version_id = 2", "fixes", "color_e"),
        ("UPDATE proof SET metrics = json_set(metrics, '$.outside_max_delta', 3)", "fixes", "outside_max_delta 3"),
        ("UPDATE proof SET metrics = json_set(metrics, '$.seam', 0.1) WHERE version_id = 6", "fixes", "seam 0.1"),
        ("UPDATE proof SET patch_sha256 = alpha_sha256 WHERE version_id = 2", "fixes", "its patch has"),
        ("UPDATE lock SET why = 'other'", "records", "lock 1: why"),
        ("UPDATE lock SET spec = replace(spec, '[40, 30, 6, 16]', '[0, 0, 1, 1]')", "records", "lock 1: mask"),
        ("DELETE FROM lock", "records", "its record is gone"),
        ("DELETE FROM lineage WHERE op = 'source' AND child_id = 6", "records", "sources is None"),
    ],
)
def test_verify__a_lie_about_it__is_found(desk: Workspace, statement: str, caught_by: str, words: str) -> None:
    tamper(desk, statement)
    found = wrong(desk)
    assert words in found.get(caught_by, ""), found
