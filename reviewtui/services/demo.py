"""Lay out the sample workspace in a folder of its own. The source is only read."""

import shutil
import tempfile
from pathlib import Path

import reviewtui
from reviewtui.model.errors import NotFoundError, RefusedError, StoreError
from reviewtui.model.naming import is_picture_name


def find_sample_folder() -> Path:
    """The bundled sample pictures.

    Raises:
        NotFoundError: this installation has none.
    """
    folder = Path(reviewtui.__file__).resolve().parent.parent / "data"
    if not (folder / "CREDITS.md").is_file():
        raise NotFoundError("the sample pictures are not installed", "run it from a clone of the project: scripts/run")
    return folder


def lay_out_demo(target: str | Path | None = None) -> Path:
    """Copy the sample pictures and their credits into a new or empty folder; its absolute path. Blocking.

    Args:
        target: None makes a temporary folder.

    Raises:
        NotFoundError: the samples are not installed.
        RefusedError: the target is not empty, or no folder.
        StoreError: it cannot be written.
    """
    source = find_sample_folder()
    folder = _temporary() if target is None else Path(target).expanduser()
    try:
        _check_empty(folder)
        folder.mkdir(parents=True, exist_ok=True)
        for path in sorted(source.rglob("*")):
            if path.is_file() and not path.is_symlink() and (is_picture_name(path.name) or path.name == "CREDITS.md"):
                copy = folder / path.relative_to(source)
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, copy)
        return folder.resolve()
    except OSError as error:
        raise StoreError(
            f"the demo cannot be laid out in {folder}: {error.strerror}", "name another folder: reviewtui demo DIR"
        ) from error


def _temporary() -> Path:
    # Several reviewers may try it on one host; a folder of mkdtemp is the caller's alone.
    return Path(tempfile.mkdtemp(prefix="reviewtui-demo-"))


def _check_empty(folder: Path) -> None:
    if folder.is_dir():
        if any(folder.iterdir()):
            raise RefusedError(f"{folder} is not empty", "name a new or empty folder")
    elif folder.exists() or folder.is_symlink():
        raise RefusedError(f"{folder} is no folder", "name a new or empty folder")
