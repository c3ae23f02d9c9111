"""The house rules that no linter knows: what a fresh process loads, one door for SQL, small files, honest docs."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
PACKAGE = ROOT / "reviewtui"
HEAVY = ("torch", "diffusers", "transformers", "cv2", "patchmatch")

SQL = re.compile(r"\b(SELECT\s+.+\s+FROM|INSERT\s+INTO|UPDATE\s+\w+\s+SET|DELETE\s+FROM|PRAGMA)\b", re.DOTALL)
# Put together here so that this file does not find itself.
PLACES = tuple(
    "".join(parts) for parts in (("/wo", "rk/"), ("../sha", "red"), ("pypi", ".org"), ("pythonhosted", ".org"))
)


def python_files() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def loaded_by(statement: str) -> set[str]:
    """Top-level modules in a fresh interpreter after a statement."""
    code = f"{statement}\nimport sys\nprint(' '.join(sorted({{name.partition('.')[0] for name in sys.modules}})))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    return set(done.stdout.split())


@pytest.mark.parametrize(
    ("statement", "absent"),
    [
        ("import reviewtui.ui.app", (*HEAVY, "sqlite_utils", "watchdog", "textual_image", "numpy", "PIL")),
        ("import reviewtui.ui.screens.desk", (*HEAVY, "sqlite_utils", "watchdog", "textual_image")),
        ("import reviewtui.cli.main", (*HEAVY, "textual", "PIL", "numpy", "sqlite_utils", "watchdog")),
        ("import reviewtui.worker.main", (*HEAVY, "textual", "rich", "sqlite_utils")),
        ("import reviewtui.imaging.decode_child", (*HEAVY, "textual", "sqlite_utils", "pysqlite3")),
    ],
)
def test_fresh_process__imports_a_room__loads_nothing_heavy(statement: str, absent: tuple[str, ...]) -> None:
    assert loaded_by(statement).isdisjoint(absent)


def test_sql__outside_the_store__is_found_nowhere() -> None:
    guilty = [
        str(path.relative_to(ROOT))
        for path in python_files()
        if "store" not in path.relative_to(PACKAGE).parts and SQL.search(path.read_text(encoding="utf-8"))
    ]
    assert guilty == []


def test_files__of_the_package__stay_small() -> None:
    long = {
        str(path.relative_to(ROOT)): count
        for path in python_files()
        if (count := len(path.read_text(encoding="utf-8").splitlines())) > 600
    }
    assert long == {}


def test_tracked_files__say__no_place_of_a_workshop() -> None:
    names = subprocess.run(["git", "ls-files"], capture_output=True, text=True, check=False, cwd=ROOT).stdout.split(
        "\n"
    )
    guilty: list[str] = []
    for name in filter(None, names):
        path = ROOT / name
        if path.suffix in {".png", ".jpg", ".webp"} or not path.is_file():
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        guilty.extend(f"{name}: {place}" for place in PLACES if place in text)
    assert guilty == []


def test_readme__links__lead_somewhere() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    targets = re.findall(r"\]\(([^)#]+)\)", text)
    assert len(targets) >= 6
    assert [target for target in targets if not (ROOT / target).exists()] == []


def test_dependencies__each__carry_their_reason() -> None:
    lines = (ROOT / "pyproject.toml").read_text(encoding="utf-8").splitlines()
    start = lines.index("dependencies = [")
    block = lines[start + 1 : lines.index("]", start)]
    reasoned = False
    for line in block:
        is_comment = line.strip().startswith("#")
        # Neighbours may share a reason; the first one must have it.
        assert is_comment or reasoned, line
        reasoned = reasoned or is_comment


def test_package_data__every_file_that_is_no_code__goes_into_the_wheel() -> None:
    """An environment of the scripts reads the checkout; what `pip install` builds has only what is named."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    patterns = settings["tool"]["setuptools"]["package-data"]["reviewtui"]
    named = {path for pattern in patterns for path in PACKAGE.glob(pattern)}
    there = {path for path in PACKAGE.rglob("*") if path.is_file() and path.suffix not in {".py", ".pyc"}}
    assert there - named == set()
