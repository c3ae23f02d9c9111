"""Another feather for a fix that is there: the same answer laid on again, nothing sampled, a sibling."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from reviewtui.model.entities import Proof, Version
from reviewtui.model.errors import InputError, NotFoundError, RefusedError, UsageError
from reviewtui.model.geometry import PixelRect, PixelSize
from reviewtui.model.masks import MaskSpec
from reviewtui.services.annotate import NoteRequest, write_note
from reviewtui.services.rebasing import ask_rebase
from reviewtui.services.repasting import ask_repaste
from reviewtui.services.verify_fixes import check_fix
from reviewtui.services.workspace import Workspace
from reviewtui.store.versions import find_proof
from tests.support.desk import open_desk, paint, register
from tests.support.edits import DECODER, compose_next, edit, pixels_of, version_of

RECT = (40, 36, 30, 24)


@pytest.fixture
def desk(workspace: Path) -> Iterator[Workspace]:
    paint(workspace / "hero.png", size=(160, 120))
    opened = open_desk(workspace)
    register(opened)
    yield opened
    opened.close()


def proof_of(desk: Workspace, version: Version) -> Proof:
    with desk.store.read() as db:
        proof = find_proof(db, version.id)
    assert proof is not None
    return proof


@pytest.mark.parametrize("samples", [False, True], ids=["copies", "samples"])
def test_repaste__another_feather__is_what_the_fix_would_have_been_with_it(desk: Workspace, samples: bool) -> None:
    wide = edit(desk, "hero@1", RECT, feather_px=16, samples=samples)
    ask_repaste(desk, "hero@2", 0)
    made = compose_next(desk)
    assert (made.parent_number, made.op, made.size) == (1, "repaste", wide.size)
    base, pixels = pixels_of(desk, version_of(desk, "hero@1")), pixels_of(desk, made)
    changed = (base != pixels).any(axis=2)
    x, y, width, height = RECT
    assert changed[y : y + height, x : x + width].any()
    changed[y : y + height, x : x + width] = False
    assert not changed.any(), "0 is exactly the region"
    assert not np.array_equal(pixels, pixels_of(desk, wide))


def test_repaste__wider_than_it_was__reaches_into_the_kept_answer_of_a_model(desk: Workspace) -> None:
    edit(desk, "hero@1", RECT, feather_px=12, samples=True)
    ask_repaste(desk, "hero@2", 15)
    made = compose_next(desk)
    base, pixels = pixels_of(desk, version_of(desk, "hero@1")), pixels_of(desk, made)
    assert (base != pixels).any(axis=2)[36:60, 26:28].any(), "13 and 14 px beyond the region"
    proof = proof_of(desk, made)
    assert (proof.edge_px, proof.metrics["outside_changed_px"], proof.metrics["megapixels_sampled"]) == (15, 0, 0)
    assert proof.metrics["passes"] == 1, "pixels of a model's decode stay counted"
    assert proof.raw_sha256 == proof_of(desk, version_of(desk, "hero@2")).raw_sha256


def test_ask_repaste__the_edge_that_it_has__is_refused(desk: Workspace) -> None:
    edit(desk, "hero@1", RECT, feather_px=6, samples=True)
    with pytest.raises(RefusedError, match="v2 has this edge already"):
        ask_repaste(desk, "hero@2", 6)
    ask_repaste(desk, "hero@2", 3)
    compose_next(desk)
    with pytest.raises(RefusedError, match="v3 has this edge already"):
        ask_repaste(desk, "hero@3", 3)


def test_repaste__of_a_repaste__is_made_from_the_first_answer(desk: Workspace) -> None:
    edit(desk, "hero@1", RECT, feather_px=6, samples=True)
    ask_repaste(desk, "hero@2", 0)
    compose_next(desk)
    ask_repaste(desk, "hero@3", 6)
    again = compose_next(desk)
    assert np.array_equal(pixels_of(desk, again), pixels_of(desk, version_of(desk, "hero@2")))


def test_ask_repaste__wider_than_what_was_kept__is_refused_in_words(desk: Workspace) -> None:
    edit(desk, "hero@1", RECT, feather_px=0, samples=True)
    with pytest.raises(InputError, match="an edge of 100 px reaches beyond what was kept"):
        ask_repaste(desk, "hero@2", 100)


@pytest.mark.parametrize("samples", [False, True], ids=["copies", "samples"])
def test_repaste__checked_again__comes_out_the_same(desk: Workspace, samples: bool) -> None:
    edit(desk, "hero@1", RECT, feather_px=6, samples=samples)
    ask_repaste(desk, "hero@2", 2)
    made = compose_next(desk)
    assert check_fix(desk, DECODER, proof_of(desk, made)).difference is None


def test_ask_repaste__what_has_no_edge__is_refused(desk: Workspace) -> None:
    with pytest.raises(RefusedError, match="no fix made v1"):
        ask_repaste(desk, "hero@1", 4)
    with pytest.raises(NotFoundError):
        ask_repaste(desk, "hero@9", 4)
    edit(desk, "hero@1", RECT)
    with pytest.raises(UsageError):
        ask_repaste(desk, "hero@2", 5000)
    edit(desk, "hero@2", (4, 4, 8, 8))
    ask_rebase(desk, "hero", [2])
    compose_next(desk)
    with pytest.raises(RefusedError, match="rebase"):
        ask_repaste(desk, "hero@4", 4)


def test_ask_repaste__same_key_twice__is_one_job(desk: Workspace) -> None:
    edit(desk, "hero@1", RECT)
    assert ask_repaste(desk, "hero@2", 4, act_key="k") == ask_repaste(desk, "hero@2", 4, act_key="k")


def test_repaste__sampled_kept_mask__has_its_note_untouched(desk: Workspace) -> None:
    mask = MaskSpec(PixelSize(160, 120), (PixelRect(*RECT),))
    write_note(desk, "hero", NoteRequest("stays", mask=mask))
    edit(desk, "hero@1", RECT)
    ask_repaste(desk, "hero@2", 3)
    compose_next(desk)
    with desk.store.read() as db:
        assert db.value("SELECT state FROM note WHERE text = 'stays'") == "open"
