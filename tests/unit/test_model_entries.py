"""The user's list of models: what could be lost is an entry, a comment in the file, or a word about a mistake."""

from pathlib import Path

import pytest

from reviewtui.model.errors import RefusedError, UsageError
from reviewtui.settings.models import ModelEntry, load_model_entries, models_file, save_model_entry


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "engines.toml"


def test_entries__no_file__are_none(file: Path) -> None:
    assert load_model_entries(file) == {}


def test_entry__written__reads_back_the_same(file: Path) -> None:
    entries = [
        ModelEntry("a", '/models/with "quotes" and \\ and \x7f and ü', "FluxFillPipeline", weights_bytes=5),
        ModelEntry("b.2", "org/model", revision="main", device="cuda", batch=4, compile=True, lora_scale=0.5),
    ]
    for entry in entries:
        save_model_entry(entry, file)
    assert list(load_model_entries(file).values()) == entries


def test_entry__added__leaves_what_the_user_wrote(file: Path) -> None:
    before = '# mine\n[diffusers.old]\nsource = "/x" # here'
    file.write_text(before)
    save_model_entry(ModelEntry("new", "/y"), file)
    assert file.read_text().startswith(before)
    assert list(load_model_entries(file)) == ["old", "new"]


def test_entry__of_a_name_that_is_taken__is_refused_and_nothing_changes(file: Path) -> None:
    save_model_entry(ModelEntry("a", "/x"), file)
    before = file.read_bytes()
    with pytest.raises(RefusedError, match="already"):
        save_model_entry(ModelEntry("a", "/y"), file)
    assert file.read_bytes() == before
    assert [path.name for path in file.parent.iterdir() if not path.name.endswith(".lock")] == [file.name]


@pytest.mark.parametrize("name", ["", "a b", "../x", "ü", "-x", "a" * 65, 'a"b'])
def test_name__that_cannot_be_one__is_refused(file: Path, name: str) -> None:
    with pytest.raises(UsageError):
        save_model_entry(ModelEntry(name, "/x"), file)
    assert not file.exists()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[diffusers", "cannot be read"),
        ("x = 1", "holds something that is no model"),
        ("[other.a]\nsource = '/x'", "holds something that is no model"),
        ("[diffusers.a]\nbatch = 1", "needs at least source"),
        ("[diffusers.a]\nsource = '/x'\ncolour = 1", "no setting 'colour'"),
        ("[diffusers.a]\nsource = '/x'\nbatch = 99", "1 to 16"),
        ("[diffusers.a]\nsource = '/x'\nbatch = true", "a whole number"),
        ("[diffusers.a]\nsource = '/x'\ndevice = 'tpu'", "one of auto, cpu, cuda, mps"),
        ("[diffusers.'a b']\nsource = '/x'", "no model entry"),
    ],
)
def test_file__with_a_mistake__says_which_and_where(file: Path, text: str, words: str) -> None:
    file.write_text(text)
    with pytest.raises(UsageError) as caught:
        load_model_entries(file)
    assert words in str(caught.value)
    assert str(file) in str(caught.value)


def test_file__of_the_user__lies_beside_the_settings(home: Path) -> None:
    assert models_file() == home / "config" / "reviewtui" / "engines.toml"
