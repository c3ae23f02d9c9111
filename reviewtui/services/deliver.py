"""Hand approved bytes on: a folder with the bytes, a manifest and checksums, complete or not there at all.

Never rewrites bytes, and never writes outside the folder that was asked for.
"""

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256 as new_sha256
from pathlib import Path
from typing import Any

from reviewtui import __version__
from reviewtui.model.entities import Asset, Blob, Decision, Version
from reviewtui.model.errors import ConflictError, DriftError, RefusedError, StoreError
from reviewtui.model.lifecycle import APPROVALS, AssetStatus
from reviewtui.model.query import parse_query
from reviewtui.model.text import display_path, safe
from reviewtui.services.content import absolute_path, check_bytes_on_disk
from reviewtui.services.review import record_drift
from reviewtui.services.sidecars import SUFFIX, sidecar
from reviewtui.services.workspace import Workspace
from reviewtui.store.assets import Filter, get_asset, list_assets
from reviewtui.store.connection import Reader, Tx
from reviewtui.store.decisions import list_standing
from reviewtui.store.files import list_files_of_version
from reviewtui.store.history import add_delivery, head_hash, next_delivery_id
from reviewtui.store.versions import get_blob, get_version

MANIFEST = "manifest.json"
CHECKSUMS = "SHA256SUMS"
_DELIVERABLE = (AssetStatus.APPROVED, AssetStatus.DELIVERED)
_EXTENSIONS = {
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "image/webp": ".webp",
    "image/tiff": ".tif",
    "image/bmp": ".bmp",
    "image/gif": ".gif",
    "image/avif": ".avif",
    "image/jp2": ".jp2",
    "image/x-tga": ".tga",
}
_CHUNK_BYTES = 1 << 20
_NAME_BYTES = 200

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True)
class DeliveredFile:
    """One picture of a package.

    Attributes:
        name: path within the package, ``/`` between folders.
        asset: key.
        version: number.
    """

    name: str
    asset: str
    version: int
    sha256: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Delivery:
    """A package that was written.

    Attributes:
        left_out: assets that fit the query and are not approved.
    """

    delivery_id: int
    folder: Path
    files: tuple[DeliveredFile, ...]
    manifest_sha256: str
    chain_head: str
    left_out: int


@dataclass(frozen=True, slots=True)
class _Item:
    asset: Asset
    version: Version
    blob: Blob
    approvals: tuple[Decision, ...]
    name: str


@dataclass(slots=True)
class _Names:
    """Names that are taken within a package, compared without case: it may be unpacked on any file system."""

    files: set[str] = field(default_factory=lambda: {MANIFEST.casefold(), CHECKSUMS.casefold()})
    folders: set[str] = field(default_factory=set)

    def claim(self, key: str, number: int, extension: str) -> str:
        """``<key path>_v<N><ext>`` that cannot leave the package and that nothing else has, with its sidecar."""
        stem = "/".join(_plain_part(part) for part in key.split("/"))
        serial = 1
        while True:
            name = f"{stem}_v{number}{'' if serial == 1 else f'~{serial}'}{extension}"
            folded = name.casefold()
            parents = {folded[:i] for i, letter in enumerate(folded) if letter == "/"}
            wanted = {folded, f"{folded}{SUFFIX}"}
            if not wanted & (self.files | self.folders) and not parents & self.files:
                self.files |= wanted
                self.folders |= parents
                return name
            serial += 1


def _plain_part(part: str) -> str:
    """One step of a path: no control characters, no way up, not too long for a file system."""
    text = safe(part).replace("\\", "_").strip(" ")
    text = text.encode("utf-8")[:_NAME_BYTES].decode("utf-8", "ignore")
    return "_" if text in ("", ".", "..") else text


def deliver(workspace: Workspace, out: str | Path, query: str = "", *, progress: Progress | None = None) -> Delivery:
    """Write a package of every approved head that fits a query. Blocking.

    The bytes are read and hashed again; the folder appears complete, by one rename, in the transaction that records it.

    Args:
        out: new or empty folder.
        progress: called with (files done, files in all, name).

    Raises:
        UsageError: the query is not valid.
        RefusedError: nothing is approved, the folder is not empty or is part of the state, or the workspace is
            read-only.
        DriftError: the bytes of an approved version changed; the asset is void now, and nothing was delivered.
        ConflictError: somebody decided otherwise meanwhile; nothing was delivered.
        StoreError: the folder cannot be written.
    """
    if workspace.store.read_only:
        raise RefusedError("this workspace is open read-only")
    folder = _check_out(workspace, out)
    items, left_out = _choose(workspace, query)
    _check_drift(workspace, items)
    with _staging(folder) as stage:
        for done, item in enumerate(items):
            if progress is not None:
                progress(done, len(items), item.name)
            _copy(workspace, item, stage / item.name)
        return _record(workspace, folder, stage, items, left_out)


def _check_out(workspace: Workspace, out: str | Path) -> Path:
    try:
        folder = Path(out).expanduser().resolve()
        state = workspace.paths.state.resolve()
        if folder == state or state in folder.parents or folder == workspace.paths.root:
            raise RefusedError(f"{out} is the workspace itself or part of its state", "name a folder of its own")
        if folder.is_dir() and any(folder.iterdir()):
            raise RefusedError(
                f"{out} is not empty", "name a new or empty folder: a delivery is never mixed with others"
            )
        if folder.exists() and not folder.is_dir():
            raise RefusedError(f"{out} is no folder", "name a new or empty folder")
        folder.parent.mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError, RuntimeError) as error:
        words = error.strerror if isinstance(error, OSError) else str(error)
        raise StoreError(f"cannot write to {out}: {words}", "name another folder") from error
    return folder


def _choose(workspace: Workspace, query: str) -> tuple[list[_Item], int]:
    terms, names = parse_query(query), _Names()
    with workspace.store.read() as db:
        assets = list_assets(db, Filter(terms, workspace.actor.name))
        chosen = [asset for asset in assets if asset.status in _DELIVERABLE and asset.head_id is not None]
        items = [_item(db, asset, names) for asset in chosen]
    if not items:
        words = f"none of the {len(assets)} assets that fit is approved" if assets else "no asset fits"
        raise RefusedError(f"nothing to deliver: {words}", "reviewtui ls FOLDER status:approved lists what can go")
    return items, len(assets) - len(items)


def _item(db: Reader, asset: Asset, names: _Names) -> _Item:
    assert asset.head_id is not None
    version = get_version(db, asset.head_id)
    blob = get_blob(db, version.sha256)
    name = names.claim(asset.key, version.number, _EXTENSIONS.get(blob.media_type, ".bin"))
    approvals = tuple(d for d in list_standing(db, version.id) if d.verdict in APPROVALS)
    return _Item(asset, version, blob, approvals, name)


def _check_drift(workspace: Workspace, items: list[_Item]) -> None:
    drifted = []
    for item in items:
        try:
            check_bytes_on_disk(workspace, item.version)
        except DriftError as error:
            record_drift(workspace, item.asset, item.version, error.message)
            drifted.append(f"{item.asset.key} v{item.version.number}")
    if drifted:
        raise DriftError(
            f"nothing was delivered: the bytes of {', '.join(drifted[:5])}"
            f"{f' and {len(drifted) - 5} more' if len(drifted) > 5 else ''} are no longer what was approved",
            "scan the folder, look at the new version, then decide again",
        )


@contextmanager
def _staging(folder: Path) -> Iterator[Path]:
    """A folder beside the target, gone unless it was renamed."""
    try:
        stage = Path(tempfile.mkdtemp(prefix=f".{folder.name[:100]}.", suffix=".partial", dir=folder.parent))
    except OSError as error:
        raise StoreError(f"cannot write to {folder.parent}: {error.strerror}", "name another folder") from error
    try:
        stage.chmod(0o755)
        yield stage
    except OSError as error:
        raise StoreError(
            f"nothing was delivered: {error.strerror}", "free some space or name another folder"
        ) from error
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def _copy(workspace: Workspace, item: _Item, target: Path) -> None:
    """Copy the version's bytes, hashed as they are written.

    Raises:
        DriftError: no readable copy has the right hash.
    """
    with workspace.store.read() as db:
        files = list_files_of_version(db, item.version.id)
    sources = [workspace.blobs.path_of(item.version.sha256), *(absolute_path(workspace, file.path) for file in files)]
    target.parent.mkdir(parents=True, exist_ok=True)
    for source in sources:
        if _copy_hashed(source, target) == item.version.sha256:
            return
    raise DriftError(
        f"nothing was delivered: the stored bytes of {item.asset.key} v{item.version.number} are damaged",
        "reviewtui verify FOLDER says what else is",
    )


def _copy_hashed(source: Path, target: Path) -> str | None:
    """Copy and fsync; the hash of what was written, None when the source cannot be read."""
    try:
        descriptor = os.open(source, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    digest = new_sha256()
    with os.fdopen(descriptor, "rb") as reading, target.open("wb") as writing:
        while chunk := reading.read(_CHUNK_BYTES):
            digest.update(chunk)
            writing.write(chunk)
        writing.flush()
        os.fsync(writing.fileno())
    return digest.hexdigest()


def _record(workspace: Workspace, folder: Path, stage: Path, items: list[_Item], left_out: int) -> Delivery:
    """Manifest, checksums, rename and the record, all within one transaction."""
    renamed = False
    try:
        with workspace.store.write(workspace.actor) as tx:
            _check_still_approved(tx, items)
            delivery_id = next_delivery_id(tx)
            seq, chain_head = head_hash(tx)
            sidecars = _write_sidecars(tx, stage, items)
            manifest = _manifest(workspace, tx, delivery_id, (seq, chain_head), items, sidecars)
            manifest_sha256 = new_sha256(manifest).hexdigest()
            _write_synced(stage / MANIFEST, manifest)
            _write_synced(stage / CHECKSUMS, _checksums(items, sidecars, manifest_sha256))
            _sync_folders(stage)
            rows = [(i.asset.key, i.asset.id, i.version.id, i.version.sha256, i.name) for i in items]
            add_delivery(tx, display_path(os.fsencode(folder)), manifest_sha256, chain_head, rows)
            stage.rename(folder)  # onto an empty folder or nothing; anything else makes it fail
            renamed = True
            _sync(folder.parent)
    except BaseException:
        if renamed:
            shutil.rmtree(folder, ignore_errors=True)
        raise
    files = tuple(
        DeliveredFile(i.name, i.asset.key, i.version.number, i.version.sha256, i.blob.size_bytes) for i in items
    )
    return Delivery(delivery_id, folder, files, manifest_sha256, chain_head, left_out)


def _write_sidecars(tx: Tx, stage: Path, items: list[_Item]) -> dict[str, str]:
    """One beside each picture; SHA-256 by name."""
    hashes = {}
    for item in items:
        data = sidecar(tx, item.asset, item.version, item.name)
        _write_synced(stage / f"{item.name}{SUFFIX}", data)
        hashes[f"{item.name}{SUFFIX}"] = new_sha256(data).hexdigest()
    return hashes


def _check_still_approved(tx: Tx, items: list[_Item]) -> None:
    for item in items:
        asset = get_asset(tx, item.asset.id)
        if asset.status not in _DELIVERABLE or asset.head_id != item.version.id:
            raise ConflictError(
                f"nothing was delivered: {asset.key} v{item.version.number} is {asset.status.replace('_', ' ')} since",
                "look at it, then deliver again",
            )


def _manifest(
    workspace: Workspace,
    tx: Tx,
    delivery_id: int,
    chain: tuple[int, str],
    items: list[_Item],
    sidecars: dict[str, str],
) -> bytes:
    data: dict[str, Any] = {
        "format": "reviewtui delivery 1",
        "tool": f"reviewtui {__version__}",
        "delivery": delivery_id,
        "at": tx.now,
        "by": workspace.actor.name,
        "login": workspace.actor.login,
        "workspace": display_path(os.fsencode(workspace.paths.root.name)),
        "chain_seq": chain[0],
        "chain_head": chain[1],
        "files": [_manifest_entry(item, sidecars[f"{item.name}{SUFFIX}"]) for item in items],
    }
    return (json.dumps(data, indent=1, ensure_ascii=True) + "\n").encode("ascii")


def _manifest_entry(item: _Item, sidecar_sha256: str) -> dict[str, Any]:
    return {
        "name": item.name,
        "asset": item.asset.key,
        "version": item.version.number,
        "label": item.version.label,
        "sha256": item.version.sha256,
        "pixel_sha256": item.blob.pixel_sha256,
        "size_bytes": item.blob.size_bytes,
        "width": item.version.size.width,
        "height": item.version.size.height,
        "media_type": item.blob.media_type,
        "sidecar": f"{item.name}{SUFFIX}",
        "sidecar_sha256": sidecar_sha256,
        "approvals": [
            {
                "decision": decision.id,
                "verdict": decision.verdict,
                "reviewer": decision.reviewer,
                "login": decision.login,
                "at": decision.created_at,
                "policy": decision.policy_rev,
            }
            for decision in item.approvals
        ],
    }


def _checksums(items: list[_Item], sidecars: dict[str, str], manifest_sha256: str) -> bytes:
    lines = [f"{item.version.sha256}  {item.name}\n" for item in items]
    lines += [f"{sha256}  {name}\n" for name, sha256 in sidecars.items()]
    return "".join([*lines, f"{manifest_sha256}  {MANIFEST}\n"]).encode("utf-8")


def _write_synced(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sync_folders(stage: Path) -> None:
    for folder, _folders, _files in os.walk(stage):
        _sync(Path(folder))


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
