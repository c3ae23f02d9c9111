"""What a decision promises: bound to bytes, told about others, never lost, never doubled."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from reviewtui.imaging.decoding import Decoder
from reviewtui.model.entities import Decision
from reviewtui.model.errors import ConflictError, DriftError, NotFoundError, RefusedError, UsageError
from reviewtui.model.history import find_broken_link
from reviewtui.model.lifecycle import AssetStatus, NoteState, Verdict
from reviewtui.services.annotate import set_note_state
from reviewtui.services.browse import find_notes, show_asset
from reviewtui.services.ingest import scan
from reviewtui.services.review import Ballot, decide, hold, pick
from reviewtui.services.workspace import SYSTEM, Workspace
from reviewtui.store.decisions import add_policy, current_policy, list_decisions
from reviewtui.store.history import iter_events
from tests.support.pictures import noise, texture, write_png
from tests.support.reviewed import add_fix, copy_of, make_scanned, reopen

APPROVE = Ballot(Verdict.APPROVED)


@pytest.fixture(scope="module")
def scanned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_scanned(tmp_path_factory.mktemp("scanned"))


@pytest.fixture
def desk(scanned: Path, tmp_path: Path) -> Iterator[Workspace]:
    workspace = reopen(copy_of(scanned, tmp_path))
    yield workspace
    workspace.close()


@pytest.fixture
def ana(desk: Workspace) -> Iterator[Workspace]:
    workspace = reopen(desk.paths.root, claimed="ana")
    yield workspace
    workspace.close()


def status(workspace: Workspace, name: str = "hero") -> AssetStatus:
    return show_asset(workspace, name).asset.status


def decisions(workspace: Workspace, name: str = "hero") -> list[Decision]:
    with workspace.store.read() as db:
        return list_decisions(db, show_asset(workspace, name).asset.id)


# --- bound to bytes


def test_decide__approve__names_the_bytes_on_disk_and_keeps_them(desk: Workspace) -> None:
    done = decide(desk, "hero", APPROVE)
    assert done.status is AssetStatus.APPROVED
    (desk.paths.root / "hero_v002.png").unlink()
    assert desk.blobs.verify(done.decision.sha256)


def test_decide__bytes_changed_on_disk__refused_and_nothing_recorded(desk: Workspace) -> None:
    write_png(desk.paths.root / "hero_v002.png", noise(96, 72))
    with pytest.raises(DriftError, match="no longer what was reviewed"):
        decide(desk, "hero", APPROVE)
    assert decisions(desk) == []


def test_decide__bytes_gone__refused(desk: Workspace) -> None:
    (desk.paths.root / "hero_v002.png").unlink()
    with pytest.raises(DriftError):
        decide(desk, "hero", APPROVE)


def test_decide__approved_bytes_changed__asset_is_void_for_everybody(desk: Workspace, ana: Workspace) -> None:
    first = decide(desk, "hero", APPROVE)
    write_png(desk.paths.root / "hero_v002.png", noise(96, 72))
    with pytest.raises(DriftError):
        decide(ana, "hero", Ballot(Verdict.APPROVED, seen=first.decision.id))
    assert status(ana) is AssetStatus.VOID
    assert not decisions(desk)[0].revoked, "the row stays as it was"


def test_scan__approved_bytes_changed__void_and_the_new_bytes_are_a_version(desk: Workspace) -> None:
    decide(desk, "hero", APPROVE)
    write_png(desk.paths.root / "hero_v002.png", noise(96, 72))
    with Decoder() as decoder:
        scan(desk, decoder)
    assert status(desk) is AssetStatus.VOID
    assert len(show_asset(desk, "hero").versions) == 3


def test_decide__hash_that_is_meant__must_match(desk: Workspace) -> None:
    sha256 = show_asset(desk, "hero").versions[-1].version.sha256
    with pytest.raises(RefusedError, match="other bytes"):
        decide(desk, "hero", replace(APPROVE, sha256="0" * 64))
    assert decide(desk, "hero", replace(APPROVE, sha256=sha256.upper())).decision.sha256 == sha256


def test_decide__not_the_head__refused_and_names_the_head(desk: Workspace) -> None:
    with pytest.raises(RefusedError, match="v1 of hero is not the head, v2 is"):
        decide(desk, "hero@1", APPROVE)


def test_decide__the_program_itself__refused(desk: Workspace) -> None:
    desk.actor = SYSTEM
    with pytest.raises(RefusedError, match="a job does not decide"):
        decide(desk, "hero", APPROVE)


@pytest.mark.parametrize("verdict", [Verdict.REJECTED, Verdict.CHANGES_REQUESTED, Verdict.APPROVED_WITH_CHANGES])
def test_decide__refusal_without_reason__usage_error(desk: Workspace, verdict: Verdict) -> None:
    with pytest.raises(UsageError):
        decide(desk, "hero", Ballot(verdict, "  "))
    assert decisions(desk) == []


# --- others


def test_decide__somebody_was_faster__told_who_what_and_when(desk: Workspace, ana: Workspace) -> None:
    first = decide(ana, "hero", Ballot(Verdict.REJECTED, "wrong product"))
    with pytest.raises(ConflictError) as caught:
        decide(desk, "hero", APPROVE)
    for part in ("ana", "rejected", "hero v2", "ago", "wrong product"):
        assert part in caught.value.message
    assert f"--seen {first.decision.id}" in caught.value.remedy
    assert len(decisions(desk)) == 1


def test_decide__having_seen_the_other__both_stand_and_the_worst_counts(desk: Workspace, ana: Workspace) -> None:
    first = decide(ana, "hero", Ballot(Verdict.REJECTED, "wrong product"))
    done = decide(desk, "hero", replace(APPROVE, seen=first.decision.id))
    assert done.status is AssetStatus.CHANGES_REQUESTED
    assert [d.revoked for d in decisions(desk)] == [False, False]


def test_decide__same_reviewer_again__replaces_by_a_row(desk: Workspace) -> None:
    decide(desk, "hero", Ballot(Verdict.REJECTED, "too dark"))
    assert decide(desk, "hero", APPROVE).status is AssetStatus.APPROVED
    rows = decisions(desk)
    assert [(d.verdict, d.revoked) for d in rows] == [
        (Verdict.REJECTED, True),
        (None, False),
        (Verdict.APPROVED, False),
    ]
    assert show_asset(desk, "hero").asset.retakes == 0, "a refusal that was taken back is no retake"


def test_decide__quorum_of_two__waits_for_the_second_person(desk: Workspace, ana: Workspace) -> None:
    with desk.store.write(desk.actor) as tx:
        add_policy(tx, replace(current_policy(tx), quorum=2))
    first = decide(desk, "hero", APPROVE)
    assert first.status is AssetStatus.IN_REVIEW
    assert decide(desk, "hero", APPROVE).status is AssetStatus.IN_REVIEW, "one person counts once"
    seen = max(d.id for d in decisions(desk))
    assert decide(ana, "hero", replace(APPROVE, seen=seen)).status is AssetStatus.APPROVED


def test_decide__policy_changed_later__result_stays(desk: Workspace) -> None:
    decide(desk, "hero", APPROVE)
    with desk.store.write(desk.actor) as tx:
        add_policy(tx, replace(current_policy(tx), quorum=2))
    assert status(desk) is AssetStatus.APPROVED


def test_decide__as_another__is_kept_as_a_claim(desk: Workspace, ana: Workspace) -> None:
    done = decide(ana, "hero", APPROVE)
    assert (done.decision.reviewer, done.decision.login) == ("ana", desk.actor.login)
    assert done.decision.evidence["name"] == "claimed, advisory"


# --- never lost, never doubled


def test_decide__same_key_twice__one_decision(desk: Workspace) -> None:
    first = decide(desk, "hero", replace(APPROVE, act_key="press-1"))
    again = decide(desk, "hero", replace(APPROVE, act_key="press-1"))
    assert again.decision.id == first.decision.id
    assert len(decisions(desk)) == 1
    assert again.chain_head == first.chain_head


KILLED = """
import os, signal, sys
from reviewtui.cli import output
from reviewtui.cli.main import main
# The answer is what follows the commit: dying at the first word of it is dying between the two.
output.Output.record = lambda self, data: os.kill(os.getpid(), signal.SIGKILL)
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.parametrize(
    "words",
    [
        ("approve", "hero"),
        ("reject", "hero", "--reason", "no"),
        ("note", "hero", "six fingers", "--rect", "1,2,3,4", "--fix"),
    ],
)
def test_command__killed_between_commit_and_answer__same_key_does_not_double(
    desk: Workspace, words: tuple[str, ...]
) -> None:
    call = [words[0], str(desk.paths.root), *words[1:], "--json", "--key", "once"]
    killed = subprocess.run([sys.executable, "-c", KILLED, *call], capture_output=True, check=False)
    assert (killed.returncode, killed.stdout) == (-signal.SIGKILL, b"")
    before = [len(decisions(desk)), len(find_notes(desk)), len(show_asset(desk, "hero").jobs)]
    assert sum(before) > 0, "the act was committed before the answer"
    done = subprocess.run([sys.executable, "-m", "reviewtui", *call], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout
    assert [len(decisions(desk)), len(find_notes(desk)), len(show_asset(desk, "hero").jobs)] == before
    with desk.store.read() as db:
        assert find_broken_link(iter_events(db)) is None


def test_decide__read_only__refused(scanned: Path, tmp_path: Path) -> None:
    from reviewtui.services.workspace import open_workspace

    workspace = open_workspace(copy_of(scanned, tmp_path), read_only=True)
    try:
        with pytest.raises(RefusedError, match="read-only"):
            decide(workspace, "hero", APPROVE)
        assert decisions(workspace) == []
    finally:
        workspace.close()


# --- notes, heads, holds


def test_decide__approve_a_fix__closes_the_note_it_verified(desk: Workspace) -> None:
    note_id = add_fix(desk)
    assert status(desk) is AssetStatus.TO_VERIFY
    done = decide(desk, "hero", APPROVE)
    assert done.closed_notes == (note_id,)
    assert [note.state for note in find_notes(desk)] == [NoteState.CLOSED]


def test_decide__notes_must_be_closed__open_note_holds_the_approval(desk: Workspace) -> None:
    with desk.store.write(desk.actor) as tx:
        add_policy(tx, replace(current_policy(tx), notes_closed_severity=2))
    note_id = add_fix(desk)
    set_note_state(desk, note_id, NoteState.REOPENED)
    assert decide(desk, "hero", APPROVE).status is not AssetStatus.APPROVED
    set_note_state(desk, note_id, NoteState.CLOSED)
    assert status(desk) is AssetStatus.APPROVED


def test_scan__newcomer_to_an_approved_asset__head_stays(desk: Workspace) -> None:
    decide(desk, "hero", APPROVE)
    write_png(desk.paths.root / "hero_v003.png", texture(96, 72, seed=9))
    with Decoder() as decoder:
        scan(desk, decoder)
    view = show_asset(desk, "hero")
    assert (view.asset.head_number, len(view.versions), view.asset.status) == (2, 3, AssetStatus.APPROVED)


def test_pick__other_version__is_head_and_its_decisions_count(desk: Workspace) -> None:
    decide(desk, "hero", APPROVE)
    assert pick(desk, "hero@1").status is AssetStatus.WAITING
    assert pick(desk, "hero@2").status is AssetStatus.APPROVED
    with pytest.raises(NotFoundError):
        pick(desk, "hero@7")
    with pytest.raises(UsageError):
        pick(desk, "hero")


def test_hold__set_and_released__status_comes_back(desk: Workspace) -> None:
    from reviewtui.model.lifecycle import Hold

    decide(desk, "hero", APPROVE)
    assert hold(desk, "hero", Hold.HOLD).status is AssetStatus.HOLD
    assert hold(desk, "hero", None).status is AssetStatus.APPROVED


def test_database__decision_row__cannot_be_changed_or_removed(desk: Workspace) -> None:
    decide(desk, "hero", APPROVE)
    for sql in (
        "UPDATE decision SET verdict = 'rejected'",
        "DELETE FROM decision",
        "INSERT OR REPLACE INTO decision SELECT * FROM decision",
        "UPDATE event SET actor = 'ana'",
        "DELETE FROM event",
    ):
        with pytest.raises(RefusedError, match="append-only"), desk.store.write(desk.actor) as tx:
            tx.run(sql)
    assert status(desk) is AssetStatus.APPROVED
