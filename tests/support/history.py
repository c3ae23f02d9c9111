"""Random histories through the services: what people, files and jobs do to a small workspace."""

from __future__ import annotations

import itertools
import shutil
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from reviewtui.model.entities import Job, Policy
from reviewtui.model.errors import ReviewError
from reviewtui.model.lifecycle import ErrorKind, Flaw, Hold, NoteState, Verdict
from reviewtui.model.runs import Succeeded
from reviewtui.services import annotate, jobs, review
from reviewtui.services.annotate import NoteRequest, default_fix
from reviewtui.services.endings import fail_job, hand_back
from reviewtui.services.fixing import prepare_job
from reviewtui.services.landing import land_job
from reviewtui.services.review import Ballot
from reviewtui.services.undo import undo_last
from reviewtui.services.workspace import SYSTEM, Workspace
from reviewtui.store.assets import Filter, list_assets
from reviewtui.store.decisions import add_policy
from reviewtui.store.history import add_delivery, head_hash
from reviewtui.store.jobs import claim_job, list_jobs
from reviewtui.store.notes import list_notes
from reviewtui.store.versions import get_version, list_versions
from tests.support.desk import InProcessDecoder, ScriptedClock, open_desk, paint, person, region, register

KEYS = ("a", "b")
PEOPLE = ("ana", "ben", "root")
keys = st.sampled_from(KEYS)
people = st.sampled_from(PEOPLE)
index = st.integers(0, 5)

DECODER: Any = InProcessDecoder()


class HistoryMachine(RuleBasedStateMachine):
    """Acts on two assets by several people; an act that the rules refuse is part of the history.

    Only ``ReviewError`` may refuse: anything else is a defect that the test finds.
    """

    @initialize()
    def begin(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="history-"))
        self.clock = ScriptedClock()
        self.desk: Workspace = open_desk(self.folder, clock=self.clock)
        self.seeds = itertools.count(1)
        self.claimed: list[Job] = []
        self.refused = 0
        for key in KEYS:
            paint(self.folder / f"{key}.png", next(self.seeds))
        register(self.desk)

    def teardown(self) -> None:
        if hasattr(self, "desk"):
            self.desk.close()
            shutil.rmtree(self.folder)

    def attempt(self, act: Any, *arguments: Any, **named: Any) -> Any:
        self.clock.advance(1)
        try:
            return act(*arguments, **named)
        except ReviewError:
            self.refused += 1
            return None

    def by(self, name: str) -> Workspace:
        return person(self.desk, name)

    # --- files

    @rule(key=keys)
    def file_is_written(self, key: str) -> None:
        paint(self.folder / f"{key}.png", next(self.seeds))
        register(self.desk)

    @rule(key=keys)
    def version_is_added_by_name(self, key: str) -> None:
        seed = next(self.seeds)
        paint(self.folder / f"{key}_v{seed:03d}.png", seed)
        register(self.desk)

    @rule(key=keys)
    def file_is_removed(self, key: str) -> None:
        (self.folder / f"{key}.png").unlink(missing_ok=True)
        register(self.desk)

    # --- people

    @rule(key=keys, name=people, severity=st.integers(1, 3), fix=st.booleans(), candidates=st.integers(1, 2))
    def note(self, key: str, name: str, severity: int, fix: bool, candidates: int) -> None:
        with self.desk.store.read() as db:
            asset = next(asset for asset in list_assets(db, Filter()) if asset.key == key)
            assert asset.head_id is not None
            head = get_version(db, asset.head_id)
        wanted = default_fix(self.desk)
        wanted = type(wanted)(wanted.verb, wanted.engine, seed=next(self.seeds), candidates=candidates)
        request = NoteRequest("flaw", Flaw.HAND, severity, region(head), wanted if fix else None)
        self.attempt(annotate.write_note, self.by(name), key, request)

    @rule(at=index, name=people)
    def fix_note(self, at: int, name: str) -> None:
        self.on_note(at, lambda note: self.attempt(annotate.fix_note, self.by(name), note.id))

    @rule(at=index, name=people, state=st.sampled_from([NoteState.CLOSED, NoteState.REOPENED, NoteState.WONT_FIX]))
    def move_note(self, at: int, name: str, state: NoteState) -> None:
        self.on_note(at, lambda note: self.attempt(annotate.set_note_state, self.by(name), note.id, state, "because"))

    @rule(at=index, name=people, severity=st.integers(1, 3))
    def weigh_note(self, at: int, name: str, severity: int) -> None:
        self.on_note(at, lambda note: self.attempt(annotate.weigh_note, self.by(name), note.id, severity))

    @rule(at=index, name=people)
    def reply(self, at: int, name: str) -> None:
        self.on_note(at, lambda note: self.attempt(annotate.reply, self.by(name), note.id, "yes"))

    def on_note(self, at: int, act: Any) -> None:
        with self.desk.store.read() as db:
            notes = list_notes(db)
        if notes:
            act(notes[at % len(notes)])

    @rule(key=keys, name=people, verdict=st.sampled_from(Verdict), has_seen=st.booleans())
    def decide(self, key: str, name: str, verdict: Verdict, has_seen: bool) -> None:
        ballot = Ballot(verdict, "reason", seen=10**6 if has_seen else None)
        self.attempt(review.decide, self.by(name), key, ballot)

    @rule(name=people)
    def undo(self, name: str) -> None:
        self.attempt(undo_last, self.by(name))

    @rule(key=keys, name=people, number=st.integers(1, 6))
    def pick(self, key: str, name: str, number: int) -> None:
        self.attempt(review.pick, self.by(name), f"{key}@{number}")

    @rule(key=keys, name=people, state=st.sampled_from([Hold.HOLD, Hold.OMITTED, None]))
    def hold(self, key: str, name: str, state: Hold | None) -> None:
        self.attempt(review.hold, self.by(name), key, state)

    @rule(quorum=st.integers(1, 2), severity=st.sampled_from([None, 2]))
    def policy(self, quorum: int, severity: int | None) -> None:
        with self.desk.store.write(self.desk.actor) as tx:
            add_policy(tx, Policy(quorum=quorum, notes_closed_severity=severity))

    @rule()
    def deliver(self) -> None:
        with self.desk.store.write(self.desk.actor) as tx:
            ready = [asset for asset in list_assets(tx, Filter()) if asset.status == "approved"]
            heads = [get_version(tx, asset.head_id) for asset in ready if asset.head_id is not None]
            items = [
                (asset.key, asset.id, head.id, head.sha256, f"{asset.key}.png")
                for asset, head in zip(ready, heads, strict=True)
            ]
            if items:
                add_delivery(tx, "/out", "0" * 64, head_hash(tx)[1], items)

    # --- jobs

    @rule()
    def claim(self) -> None:
        with self.desk.store.write(SYSTEM) as tx:
            job = claim_job(tx, "w", self.clock.now().timestamp() + 30)
        if job is not None:
            self.claimed.append(job)

    @rule(at=index, shade=st.integers(0, 255))
    def land(self, at: int, shade: int) -> None:
        if not self.claimed:
            return
        job = self.claimed.pop(at % len(self.claimed))
        prepared = self.attempt(prepare_job, self.desk, DECODER, job)
        if prepared is not None:
            size = prepared.run.size.area_px * 3
            images = tuple(bytes([(shade + i) % 256]) * size for i in range(job.candidates))
            answer = Succeeded(job.id, job.attempt, images, 0.1, {"passes": 0})
            self.attempt(land_job, self.desk, DECODER, job, prepared, answer)

    @rule(shade=st.integers(0, 255))
    def work(self, shade: int) -> None:
        """Claim and land in one go, as on a quiet day."""
        self.claim()
        if self.claimed:
            self.land(len(self.claimed) - 1, shade)

    @rule(key=keys, name=people, shade=st.integers(0, 255))
    def note_is_fixed(self, key: str, name: str, shade: int) -> None:
        self.note(key, name, 2, True, 1)
        self.work(shade)

    @rule(at=index)
    def fail(self, at: int) -> None:
        if self.claimed:
            fail_job(self.desk, self.claimed.pop(at % len(self.claimed)), ErrorKind.ENGINE_CRASHED, "broke")

    @rule(at=index)
    def lose(self, at: int) -> None:
        if self.claimed:
            hand_back(self.desk, self.claimed.pop(at % len(self.claimed)), "lost")

    @rule(at=index, name=people, again=st.booleans())
    def cancel_or_retry(self, at: int, name: str, again: bool) -> None:
        with self.desk.store.read() as db:
            found = list_jobs(db)
        if found:
            act = jobs.retry if again else jobs.cancel
            self.attempt(act, self.by(name), found[at % len(found)].id)

    # --- looking

    def versions_by_asset(self) -> dict[int, list[Any]]:
        with self.desk.store.read() as db:
            return {asset.id: list_versions(db, asset.id) for asset in list_assets(db, Filter())}
