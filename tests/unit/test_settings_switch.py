"""A setting that is on or off, from a file and from the environment."""

from pathlib import Path

import pytest

from reviewtui.model.errors import UsageError
from reviewtui.settings.settings import load_settings


@pytest.mark.parametrize(("text", "wanted"), [("true", True), ("false", False)])
def test_switch__in_a_file__is_taken(tmp_path: Path, text: str, wanted: bool) -> None:
    file = tmp_path / "settings.toml"
    file.write_text(f"[fix]\navoid_faces = {text}\n")
    assert load_settings([file], {}).fix_avoid_faces is wanted


@pytest.mark.parametrize(("text", "wanted"), [("True", True), ("1", True), ("false", False), ("0", False)])
def test_switch__in_the_environment__is_taken(text: str, wanted: bool) -> None:
    assert load_settings([], {"REVIEWTUI_FIX_AVOID_FACES": text}).fix_avoid_faces is wanted
    assert load_settings([], {}).fix_avoid_faces is True


@pytest.mark.parametrize("text", ["3", '"maybe"', "[]", "1"])
def test_switch__anything_else__is_refused_in_words(tmp_path: Path, text: str) -> None:
    file = tmp_path / "settings.toml"
    file.write_text(f"[fix]\navoid_faces = {text}\n")
    with pytest.raises(UsageError, match=r"fix\.avoid_faces .*true or false"):
        load_settings([file], {})
