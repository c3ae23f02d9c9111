"""One contract for every executor; what only a process can survive is asked of the local one alone."""

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from reviewtui.engines.base import Engine
from reviewtui.engines.registry import load_engine
from reviewtui.model.errors import BusyError
from reviewtui.model.geometry import PixelSize
from reviewtui.model.lifecycle import ErrorKind
from reviewtui.model.runs import (
    TERMINAL_EVENTS,
    Cancelled,
    Executor,
    Failed,
    Lost,
    Progressed,
    RunEvent,
    RunSpec,
    Started,
    Succeeded,
)
from reviewtui.worker.executors.inline import InlineExecutor
from reviewtui.worker.executors.local import LocalExecutor
from tests.support.engines import ENGINES, TARGETS, Lying
from tests.support.runs import events_until

PATIENCE_S = 30.0


def load(name: str) -> Engine:
    return ENGINES[name]() if name in ENGINES else load_engine(name)


@pytest.fixture
def log_path(tmp_path: Path) -> Path:
    return tmp_path / "engines.log"


@pytest.fixture
def local(log_path: Path) -> Iterator[LocalExecutor]:
    executor = LocalExecutor(log_path=log_path, warm=(), engines=TARGETS)
    yield executor
    executor.close()


@pytest.fixture(params=["inline", "local"])
def executor(request: pytest.FixtureRequest) -> Iterator[Executor]:
    if request.param == "local":
        yield request.getfixturevalue("local")
        return
    inline = InlineExecutor(load)
    yield inline
    inline.close()


def spec(engine: str, job_id: int = 1, **options: Any) -> RunSpec:
    size = PixelSize(5, 4)
    values: dict[str, Any] = {"attempt": 1, "verb": "remove", "params": {}, "seeds": (0,), "deadline_s": 60.0}
    return RunSpec(
        job_id=job_id, engine=engine, size=size, image_rgb=bytes(range(60)), mask_l=bytes([255] * 20),
        **{**values, **options},
    )  # fmt: skip


def until(executor: Executor, is_enough: Callable[[RunEvent], bool]) -> list[RunEvent]:
    return events_until(executor, is_enough, patience_s=PATIENCE_S)


def is_terminal(event: RunEvent) -> bool:
    return isinstance(event, TERMINAL_EVENTS)


def finished(executor: Executor) -> RunEvent:
    """The terminal event, and no second one after it."""
    seen = until(executor, is_terminal) + executor.events(0.05)
    terminal = [event for event in seen if is_terminal(event)]
    assert len(terminal) == 1
    assert executor.capacity() == 1
    return terminal[0]


def test_run__good_engine__started_progress_preview_and_one_image_per_seed(executor: Executor) -> None:
    executor.start()
    assert executor.capacity() == 1
    executor.submit(spec("filling", job_id=7, attempt=3, seeds=(5, 9)))
    assert executor.capacity() == 0
    seen = until(executor, is_terminal)
    assert [type(event) for event in seen] == [Started, Progressed, Progressed, Progressed, Succeeded]
    assert {(event.job_id, event.attempt) for event in seen} == {(7, 3)}
    first, last = seen[1], seen[-1]
    assert isinstance(first, Progressed)
    assert (first.preview_rgb, first.step, first.total, first.message) == (bytes(range(60)), 0, 3, "step 0")
    assert isinstance(last, Succeeded)
    assert last.images_rgb == (bytes([5] * 60), bytes([9] * 60))
    assert last.details["passes"] == 0
    assert executor.capacity() == 1


def test_run__second_one_while_busy__refused(executor: Executor) -> None:
    executor.submit(spec("polite"))
    with pytest.raises(BusyError):
        executor.submit(spec("filling", job_id=2))
    executor.request_cancel(1)
    assert finished(executor) == Cancelled(1, 1)


def test_run__one_after_the_other__the_engine_stays_warm(executor: Executor) -> None:
    pids = set()
    for job_id in range(4):
        executor.submit(spec("filling", job_id=job_id))
        event = finished(executor)
        assert isinstance(event, Succeeded)
        pids.add(event.details["pid"])
    assert len(pids) == 1


def test_cancel__engine_that_listens__cancelled(executor: Executor) -> None:
    executor.submit(spec("polite"))
    until(executor, lambda event: isinstance(event, Progressed))
    executor.request_cancel(99)
    executor.request_cancel(1)
    executor.request_cancel(1)
    assert finished(executor) == Cancelled(1, 1)
    executor.submit(spec("filling", job_id=2))
    assert isinstance(finished(executor), Succeeded)


def test_cancel__before_it_began__cancelled_once(executor: Executor) -> None:
    executor.submit(spec("polite"))
    executor.request_cancel(1)
    assert finished(executor) == Cancelled(1, 1)


def test_kill__without_cancel__lost_and_the_next_run_works(executor: Executor) -> None:
    executor.submit(spec("polite"))
    until(executor, lambda event: isinstance(event, Progressed))
    executor.kill(99)
    executor.kill(1)
    assert isinstance(finished(executor), Lost)
    executor.submit(spec("filling", job_id=2))
    assert isinstance(finished(executor), Succeeded)


def test_deadline__engine_too_slow__failed_timed_out_with_the_figure(executor: Executor) -> None:
    executor.submit(spec("polite", deadline_s=0.2))
    event = finished(executor)
    assert isinstance(event, Failed)
    assert event.kind == ErrorKind.TIMED_OUT
    assert "0.2 s" in event.message


@pytest.mark.parametrize(
    ("engine", "kind", "words"),
    [
        ("hungry", ErrorKind.OUT_OF_MEMORY, "out of memory on a crop of 5×4"),
        ("buggy", ErrorKind.ENGINE_CRASHED, "ZeroDivisionError: oh no"),
        ("refusing", ErrorKind.BAD_INPUT, "too dark (lighten it)"),
        ("photoshop", ErrorKind.ENGINE_MISSING, "no engine 'photoshop'"),
    ],
)
def test_failure__each_kind__in_words_and_the_next_run_works(
    executor: Executor, engine: str, kind: ErrorKind, words: str
) -> None:
    executor.submit(spec(engine))
    event = finished(executor)
    assert isinstance(event, Failed)
    assert event.kind == kind
    assert words in event.message
    assert "\n" not in event.message
    executor.submit(spec("filling", job_id=2))
    assert isinstance(finished(executor), Succeeded)


@pytest.mark.parametrize("case", range(len(Lying.results)))
def test_failure__result_that_is_no_crop__engine_crashed(executor: Executor, case: int) -> None:
    executor.submit(spec("lying", seeds=(case,)))
    event = finished(executor)
    assert isinstance(event, Failed)
    assert event.kind == ErrorKind.ENGINE_CRASHED


@pytest.mark.parametrize(
    "options",
    [{"verb": "restyle"}, {"verb": "explode"}, {"params": {"strength": 1}}, {"mask_l": b"x"}],
    ids=lambda options: next(iter(options)),
)
def test_failure__request_that_makes_no_sense__bad_input(executor: Executor, options: dict[str, Any]) -> None:
    size = PixelSize(5, 4)
    values: dict[str, Any] = {
        "job_id": 1, "attempt": 1, "engine": "filling", "verb": "remove", "params": {}, "size": size,
        "image_rgb": bytes(60), "mask_l": bytes(20),
    }  # fmt: skip
    executor.submit(RunSpec(**{**values, **options}))
    event = finished(executor)
    assert isinstance(event, Failed)
    assert event.kind == ErrorKind.BAD_INPUT


def test_close__run_at_hand__lost_not_silent(executor: Executor) -> None:
    executor.submit(spec("polite"))
    until(executor, lambda event: isinstance(event, Progressed))
    executor.close()
    assert isinstance(finished(executor), Lost)


def test_patch__through_an_executor__repairs_the_hole_and_nothing_else(executor: Executor) -> None:
    image = np.random.default_rng(3).integers(90, 110, (80, 90, 3), dtype=np.uint8)
    mask = np.zeros((80, 90), np.uint8)
    mask[30:45, 30:50] = 255
    image[mask > 0] = 255
    executor.submit(
        RunSpec(1, 1, "patch", "remove", {}, PixelSize(90, 80), image.tobytes(), mask.tobytes(), seeds=(1, 2))
    )
    event = finished(executor)
    assert isinstance(event, Succeeded)
    for raw in event.images_rgb:
        fixed = np.frombuffer(raw, np.uint8).reshape(80, 90, 3)
        assert np.array_equal(fixed[mask == 0], image[mask == 0])
        assert fixed[mask > 0].max() < 130


# --- what only a process of its own can do


@pytest.mark.parametrize("engine", ["segfaulting", "exiting"])
def test_local__engine_kills_its_process__lost_and_replaced(local: LocalExecutor, engine: str) -> None:
    local.submit(spec(engine))
    event = finished(local)
    assert isinstance(event, Lost)
    assert "SIGSEGV" in event.message or "status 3" in event.message
    local.submit(spec("filling", job_id=2))
    assert isinstance(finished(local), Succeeded)


def test_local__deaf_engine_cancelled__killed_after_the_grace_and_replaced(local: LocalExecutor) -> None:
    local.submit(spec("deaf"))
    until(local, lambda event: isinstance(event, Progressed))
    local.request_cancel(1)
    assert finished(local) == Cancelled(1, 1)
    local.submit(spec("filling", job_id=2))
    assert isinstance(finished(local), Succeeded)


def test_local__deaf_engine_killed_after_a_cancel_request__cancelled_at_once(local: LocalExecutor) -> None:
    local.submit(spec("deaf"))
    until(local, lambda event: isinstance(event, Progressed))
    local.request_cancel(1)
    local.kill(1)
    assert finished(local) == Cancelled(1, 1)


def test_local__deaf_engine_past_its_deadline__failed_and_replaced(local: LocalExecutor) -> None:
    local.submit(spec("deaf", deadline_s=0.3))
    event = finished(local)
    assert isinstance(event, Failed)
    assert event.kind == ErrorKind.TIMED_OUT
    local.submit(spec("filling", job_id=2))
    assert isinstance(finished(local), Succeeded)


def test_local__many_broken_runs_in_a_row__each_ends_exactly_once(local: LocalExecutor) -> None:
    for job_id, engine in enumerate(["buggy", "hungry", "buggy", "segfaulting", "filling", "buggy", "filling"]):
        local.submit(spec(engine, job_id=job_id))
        event = finished(local)
        assert event.job_id == job_id
        expected = {"segfaulting": Lost, "filling": Succeeded}.get(engine, Failed)
        assert isinstance(event, expected)


def test_local__child_killed_while_idle__the_next_run_works(local: LocalExecutor) -> None:
    local.submit(spec("filling"))
    finished(local)
    assert local._child is not None
    os.kill(local._child.process.pid, signal.SIGKILL)
    local._child.process.wait()
    local.submit(spec("filling", job_id=2))
    assert isinstance(finished(local), Succeeded)


def test_local__child_killed_in_a_run__lost_with_what_the_system_does_so_for(local: LocalExecutor) -> None:
    local.submit(spec("deaf"))
    until(local, lambda event: isinstance(event, Progressed))
    assert local._child is not None
    os.kill(local._child.process.pid, signal.SIGKILL)
    event = finished(local)
    assert isinstance(event, Lost)
    assert "SIGKILL, as the system does when memory runs out" in event.message


def test_local__output_of_engines__goes_to_the_log_only(
    local: LocalExecutor, log_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    local.submit(spec("chatty"))
    event = finished(local)
    assert isinstance(event, Succeeded)
    assert event.details == {"niceness": 10, "cwd": "/", "oom_score_adj": 800}
    assert b"to stdout" in log_path.read_bytes()
    assert b"to stderr" in log_path.read_bytes()
    assert log_path.stat().st_mode & 0o777 == 0o600
    assert capfd.readouterr() == ("", "")


def test_local__dispatcher_lets_go__the_child_ends(local: LocalExecutor) -> None:
    local.submit(spec("deaf"))
    until(local, lambda event: isinstance(event, Progressed))
    assert local._child is not None
    local._child.sock.close()
    assert local._child.process.wait(timeout=PATIENCE_S) == 0


def test_local__engine_process_that_never_starts__failed_in_words(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("reviewtui.worker.executors.local._MODULE", "reviewtui.no_such_module")
    executor = LocalExecutor(log_path=tmp_path / "log", warm=())
    executor.submit(spec("filling"))
    event = finished(executor)
    assert isinstance(event, Failed)
    assert event.kind == ErrorKind.ENGINE_MISSING
    executor.close()
