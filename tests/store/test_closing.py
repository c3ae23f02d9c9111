"""Closing under a thread that is at work would crash the process and whatever else it holds."""

import threading
from pathlib import Path

import pytest

from reviewtui.model.errors import StoreError
from tests.support.workspaces import make_workspace


def test_close__thread_reads__waits_until_it_is_done(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path)
    inside, go_on = threading.Event(), threading.Event()
    answers: list[int] = []

    def read() -> None:
        with workspace.store.read() as db:
            inside.set()
            assert go_on.wait(20)
            answers.append(db.value("SELECT count(*) FROM asset"))

    reader = threading.Thread(target=read)
    reader.start()
    assert inside.wait(20)
    closer = threading.Thread(target=workspace.close)
    closer.start()
    while not workspace.store._closed:
        assert closer.is_alive()
    assert answers == []
    go_on.set()
    reader.join(20)
    closer.join(20)
    assert answers == [0]


def test_close__used_afterwards__says_so(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path)
    workspace.close()
    with pytest.raises(StoreError, match="closed"), workspace.store.read():
        pass
