"""Whoever alters the record or the bytes is found out, wherever he does it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from reviewtui.imaging.decoding import Decoder
from reviewtui.model.lifecycle import Verdict
from reviewtui.services.browse import show_asset
from reviewtui.services.review import Ballot, decide
from reviewtui.services.verify import Check, verify
from reviewtui.services.workspace import Workspace
from reviewtui.store.blobs import hash_stream
from reviewtui.store.history import head_hash
from tests.support.reviewed import add_fix, copy_of, make_scanned, reopen


@pytest.fixture(scope="module")
def approved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """``hero`` fixed and approved, ``sub/cat`` rejected."""
    folder = make_scanned(tmp_path_factory.mktemp("scanned"))
    workspace = reopen(folder)
    add_fix(workspace)
    decide(workspace, "hero", Ballot(Verdict.APPROVED))
    decide(workspace, "sub/cat", Ballot(Verdict.REJECTED, "blurred"))
    decide(workspace, "[/nope]", Ballot(Verdict.APPROVED))
    workspace.close()
    return folder


@pytest.fixture
def folder(approved: Path, tmp_path: Path) -> Path:
    return copy_of(approved, tmp_path)


@pytest.fixture(scope="module")
def decoder() -> Iterator[Decoder]:
    with Decoder() as shared:
        yield shared


def checks(folder: Path, decoder: Decoder, head: str | None = None) -> list[Check]:
    workspace = reopen(folder)
    try:
        return list(verify(workspace, decoder, head=head))
    finally:
        workspace.close()


def failures(folder: Path, decoder: Decoder) -> dict[str, str]:
    return {check.check: check.detail for check in checks(folder, decoder) if not check.ok}


def tamper(folder: Path, *statements: str) -> None:
    """What somebody with the rights to the file can do: drop the guards, then write what he likes."""
    connection = sqlite3.connect(folder / ".reviewtui" / "reviewtui.db")
    with connection:
        connection.execute("PRAGMA foreign_keys=OFF")
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            assert connection.execute(statement).rowcount > 0, statement
    connection.close()


def blob_of(workspace_folder: Path, sha256: str) -> Path:
    return workspace_folder / ".reviewtui" / "blobs" / sha256[:2] / sha256


def version_hash(folder: Path, name: str, index: int = -1) -> str:
    workspace = reopen(folder)
    try:
        return show_asset(workspace, name).versions[index].version.sha256
    finally:
        workspace.close()


def rewrite(path: Path, data: bytes) -> None:
    path.chmod(0o600)
    path.write_bytes(data)


def test_verify__untouched__every_check_holds(folder: Path, decoder: Decoder) -> None:
    found = checks(folder, decoder)
    assert [check.check for check in found] == ["chain", "records", "status", "blobs", "files", "fixes"]
    assert all(check.ok for check in found), found
    assert "1 fixes" in found[-1].detail


def test_verify__proof_of_other_definitions__is_not_compared_and_not_claimed(folder: Path, decoder: Decoder) -> None:
    [check] = [check for check in checks(folder, decoder) if check.check == "fixes"]
    assert "1 of them measure as their proof says" in check.detail
    tamper(folder, "UPDATE proof SET metrics = json_set(metrics, '$.seam', 0.5, '$.definitions', 1)")
    [check] = [check for check in checks(folder, decoder) if check.check == "fixes"]
    assert check.ok
    assert "0 of them measure as their proof says" in check.detail


def test_verify__head_written_down_earlier__is_part_of_the_history(folder: Path, decoder: Decoder) -> None:
    workspace = reopen(folder)
    with workspace.store.read() as db:
        seq, head = head_hash(db)
    decide(workspace, "hero", Ballot(Verdict.REJECTED, "second thoughts"))
    workspace.close()
    [check] = [check for check in checks(folder, decoder, head=head.upper()) if check.check == "head"]
    assert check.ok
    assert f"event {seq} of" in check.detail


def test_verify__history_rewritten_as_a_whole__only_the_written_head_tells(folder: Path, decoder: Decoder) -> None:
    [check] = [check for check in checks(folder, decoder, head="ab" * 32) if check.check == "head"]
    assert not check.ok


@pytest.mark.parametrize(
    ("statement", "caught_by"),
    [
        ("UPDATE event SET actor = 'ana' WHERE kind = 'decision.recorded'", "chain"),
        ("UPDATE event SET at = '2020-01-01T00:00:00.000Z' WHERE seq = 1", "chain"),
        ("UPDATE event SET payload = replace(payload, 'approved', 'rejected')", "chain"),
        ("UPDATE event SET payload = '{' WHERE seq = 5", "chain"),
        ("DELETE FROM event WHERE seq = 4", "chain"),
        ("UPDATE event SET seq = seq + 1000 WHERE seq = (SELECT max(seq) FROM event)", "chain"),
        ("UPDATE decision SET verdict = 'approved' WHERE verdict = 'rejected'", "records"),
        ("UPDATE decision SET reviewer = 'ana'", "records"),
        ("UPDATE decision SET reason = 'fine' WHERE reason = 'blurred'", "records"),
        ("UPDATE decision SET evidence = '{}'", "records"),
        ("UPDATE decision SET created_at = '2020-01-01T00:00:00.000Z'", "records"),
        ("DELETE FROM decision WHERE verdict = 'rejected'", "records"),
        (
            "INSERT INTO decision SELECT id + 100, asset_id, version_id, sha256, verdict, 'ana', login, reason,"
            " evidence, policy_rev, NULL, event_seq, created_at FROM decision WHERE id = 1",
            "records",
        ),
        ("UPDATE policy SET quorum = 2", "records"),
        ("UPDATE note SET text = 'nothing'", "records"),
        ("UPDATE note SET state = 'wont_fix'", "records"),
        ("UPDATE mask SET spec = replace(spec, '[20, 16, 24, 18]', '[0, 0, 96, 72]')", "records"),
        ("UPDATE version SET number = 9 WHERE number = 3", "records"),
        ("UPDATE job SET requester = 'ana'", "records"),
        ("UPDATE asset SET status = 'approved' WHERE status = 'changes_requested'", "status"),
        ("UPDATE asset SET retakes = 0 WHERE retakes > 0", "status"),
        ("UPDATE asset SET key = 'hero2' WHERE key = 'hero'", "status"),
        ("UPDATE proof SET x = x + 3", "fixes"),
        ("UPDATE proof SET metrics = json_set(metrics, '$.seam', 0.5)", "fixes"),
        ("UPDATE proof SET metrics = json_set(metrics, '$.tex1', null)", "fixes"),
        ("UPDATE proof SET metrics = json_set(metrics, '$.tex2', 'one')", "fixes"),
        ("UPDATE proof SET edge_px = 0", "fixes"),
        ("DELETE FROM lineage WHERE op = 'remove'", "fixes"),
    ],
)
def test_verify__database_altered__is_found(folder: Path, decoder: Decoder, statement: str, caught_by: str) -> None:
    tamper(folder, statement)
    assert caught_by in failures(folder, decoder)


def test_verify__one_bit_of_a_blob_altered__is_found(folder: Path, decoder: Decoder) -> None:
    path = blob_of(folder, version_hash(folder, "hero"))
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    rewrite(path, bytes(data))
    found = failures(folder, decoder)
    assert {"blobs", "files", "fixes"} <= set(found)
    assert "hero@3" in found["blobs"]


def test_verify__blob_gone__is_found(folder: Path, decoder: Decoder) -> None:
    blob_of(folder, version_hash(folder, "hero")).unlink()
    assert "gone or altered" in failures(folder, decoder)["blobs"]


def test_verify__approved_file_altered_on_disk__is_found(folder: Path, decoder: Decoder) -> None:
    path = folder / "[/nope].png"
    path.write_bytes(path.read_bytes() + b"x")
    assert list(failures(folder, decoder)) == ["files"]


def test_verify__pixel_outside_the_mask_altered_with_every_hash_mended__is_found(
    folder: Path, decoder: Decoder, tmp_path: Path
) -> None:
    """The most careful forger: a new picture, its blob under the right name, every mention of its hash replaced."""
    old = version_hash(folder, "hero")
    with Image.open(blob_of(folder, old)) as picture:
        forged = picture.convert("RGB")
    red, green, blue = forged.getpixel((90, 2))  # type: ignore[misc]
    forged.putpixel((90, 2), (red ^ 1, green, blue))
    forged.save(tmp_path / "forged.png")
    with (tmp_path / "forged.png").open("rb") as stream:
        new = hash_stream(stream)
    blob_of(folder, new).parent.mkdir(exist_ok=True)
    blob_of(folder, new).write_bytes((tmp_path / "forged.png").read_bytes())
    tamper(
        folder,
        f"UPDATE blob SET sha256 = '{new}' WHERE sha256 = '{old}'",
        f"UPDATE version SET sha256 = '{new}' WHERE sha256 = '{old}'",
        f"UPDATE decision SET sha256 = '{new}' WHERE sha256 = '{old}'",
    )
    found = failures(folder, decoder)
    assert "1 pixels outside differ by up to 1 levels" in found["fixes"]
    assert "records" in found


def test_verify__nothing_recorded_yet__holds(workspace: Path, decoder: Decoder) -> None:
    assert all(check.ok for check in checks(workspace, decoder))


def test_verify__read_only__works(folder: Path, decoder: Decoder) -> None:
    from reviewtui.services.workspace import open_workspace

    opened: Workspace = open_workspace(folder, read_only=True)
    try:
        assert all(check.ok for check in verify(opened, decoder))
    finally:
        opened.close()
