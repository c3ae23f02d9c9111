"""Every fact has a chain, and the words tell who, what and when."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from reviewtui.model.errors import NotFoundError
from reviewtui.model.geometry import PixelRect
from reviewtui.model.lifecycle import Verdict
from reviewtui.model.masks import MaskSpec
from reviewtui.services.annotate import NoteRequest, default_fix, reply, write_note
from reviewtui.services.browse import show_asset
from reviewtui.services.deliver import deliver
from reviewtui.services.review import Ballot, decide, pick
from reviewtui.services.why import evidence_words, explain, tell
from reviewtui.services.workspace import Workspace
from tests.support.reviewed import BLEMISH, add_fix, copy_of, make_scanned, reopen, run_jobs


@pytest.fixture(scope="module")
def scanned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_scanned(tmp_path_factory.mktemp("scanned"))


@pytest.fixture
def desk(scanned: Path, tmp_path: Path) -> Iterator[Workspace]:
    workspace = reopen(copy_of(scanned, tmp_path))
    yield workspace
    workspace.close()


def words(workspace: Workspace, name: str = "hero") -> str:
    return "\n".join(tell(workspace, explain(workspace, name)))


def test_why__fix_approved_and_delivered__every_link_is_there(desk: Workspace, tmp_path: Path) -> None:
    note_id = add_fix(desk)
    reply(desk, note_id, "looks\ngood")
    decide(desk, "hero", Ballot(Verdict.APPROVED, "ship it"))
    deliver(desk, tmp_path / "out", "hero")
    chain = explain(desk, "hero")
    [note], [job] = chain.view.notes, chain.view.jobs
    head = chain.view.head
    assert head is not None
    assert head.proof is not None
    assert note.note.job_id == job.id
    assert chain.masks[job.mask_id].regions == (BLEMISH,)
    assert head.version.job_id == job.id == head.proof.job_id
    assert chain.view.decisions[0].sha256 == head.version.sha256 == chain.deliveries[0].sha256
    assert chain.bytes_ok is True
    text = words(desk)
    for part in (
        "hero: delivered, head v3",
        "v3 (head): made from v2 by job 1 (remove)",
        f"note {note_id} by {desk.actor.name}",
        "stray patch",
        "answered: looks good",
        "job 1 asked for by",
        "remove with patch",
        "0 px changed outside",
        "ship it",
        "delivery 1 by",
        "the head's bytes were read and have its hash",
    ):
        assert part in text, part


def test_why__several_candidates__told_apart_and_the_picked_one_is_head(desk: Workspace) -> None:
    size = show_asset(desk, "hero").versions[-1].version.size
    fix = replace(default_fix(desk), candidates=2, seed=5)
    write_note(desk, "hero", NoteRequest("logo", mask=MaskSpec(size, (PixelRect(18, 14, 28, 22),)), fix=fix))
    run_jobs(desk)
    assert "v2 (head)" in words(desk), "nobody has picked yet"
    pick(desk, "hero@4")
    text = words(desk)
    assert "v3: made from v2 by job 1 (remove, candidate 1 of 2)" in text
    assert "v4 (head): made from v2 by job 1 (remove, candidate 2 of 2)" in text


def test_why__two_reviewers_and_a_decision_taken_back__who_what_and_when(desk: Workspace) -> None:
    from reviewtui.services.undo import undo_last

    ana = reopen(desk.paths.root, claimed="ana")
    first = decide(ana, "hero", Ballot(Verdict.REJECTED, "wrong\nproduct"))
    decide(desk, "hero", Ballot(Verdict.APPROVED, seen=first.decision.id))
    undo_last(ana)
    ana.close()
    text = words(desk)
    assert f"ana (login {desk.actor.login}) rejected bytes" in text
    assert first.decision.created_at in text
    assert "wrong product - taken back since" in text
    assert f"{desk.actor.name} approved bytes" in text
    assert "ana took decision 1 back" in text


def test_why__bytes_of_the_head_altered_or_gone__said(desk: Workspace) -> None:
    add_fix(desk)
    head = show_asset(desk, "hero").head
    assert head is not None
    path = desk.blobs.path_of(head.version.sha256)
    path.chmod(0o600)
    path.write_bytes(b"other")
    assert "NOT what its hash says" in words(desk)
    path.unlink()
    assert "cannot be read" in words(desk)


def test_why__no_such_asset__suggests_close_ones(desk: Workspace) -> None:
    with pytest.raises(NotFoundError, match="there is no asset heroo") as caught:
        explain(desk, "heroo")
    assert "did you mean hero?" in caught.value.remedy


@pytest.mark.parametrize(
    ("evidence", "words"),
    [
        (
            {
                "shown": "acknowledged by the terminal", "protocol": "kitty", "acknowledged_ms": 43, "truth": "true",
                "scale": 4.0, "largest_scale": 1.0, "never_at_1_to_1": False,
            },
            "acknowledged by the terminal in 43 ms, kitty, true, nearest 1:1",
        ),
        (
            {"shown": "unacknowledged", "protocol": "half", "truth": "palette", "scale": 7.5, "never_at_1_to_1": True},
            "unacknowledged, half, palette, nearest 1:7.5, never at 1:1",
        ),
        ({"shown": "acknowledged by the terminal", "largest_scale": 0.25}, "acknowledged by the terminal, nearest 4:1"),
        ({"shown": "command line, not shown"}, "command line, not shown"),
        ({"shown": 7, "largest_scale": "x"}, ""),
    ],
)  # fmt: skip
def test_evidence_words__what_was_stored__is_told(evidence: dict[str, object], words: str) -> None:
    assert evidence_words(evidence) == words
