"""From file names to asset keys, version labels and their natural order.

A number in a name is a label that is shown; it is never the version number.
"""

import re

_SUFFIX = re.compile(r"(?:[_\-.]v|@)(\d{1,6})$")
_DIGITS = re.compile(r"(\d+)")
PICTURE_EXTENSIONS = frozenset(
    {".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".bmp", ".gif", ".avif", ".jp2", ".tga"}
)


def split_name(relative: str) -> tuple[str, str | None]:
    """Asset key and label of a path relative to the workspace, with ``/`` between folders.

    The extension and one version suffix (``_v003``, ``-v3``, ``.v3``, ``@3``) are cut off; case is kept.

    Returns:
        (key, label): label is the suffix's digits with a ``v``, such as ``v003``, or None.
    """
    folder, slash, name = relative.rpartition("/")
    stem = name
    dot = name.rfind(".")
    if dot > 0 and name[dot:].lower() in PICTURE_EXTENSIONS:
        stem = name[:dot]
    match = _SUFFIX.search(stem)
    if match is None or match.start() == 0:
        return folder + slash + stem, None
    return folder + slash + stem[: match.start()], f"v{match[1]}"


def is_picture_name(name: str) -> bool:
    """Whether the extension is one that the desk lists."""
    dot = name.rfind(".")
    return dot > 0 and name[dot:].lower() in PICTURE_EXTENSIONS


def natural_key(text: str) -> str:
    """Text that sorts ``v2`` before ``v10``: each run of digits is preceded by its length, case is folded first.

    Total for any text; equal texts alone have equal keys.
    """
    folded = _DIGITS.sub(lambda run: f"{len(run[1].lstrip('0')):03d}{run[1].lstrip('0')}", text.casefold())
    return f"{folded}\x00{text}"
