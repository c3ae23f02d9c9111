"""Which folders are pipelines that may be used: the danger is a program in a pickle, the nuisance a half download."""

import json
import shutil
from pathlib import Path

import pytest

from reviewtui.engines.diffusers.adding import add_model
from reviewtui.engines.diffusers.folder import find_folder, inspect_folder
from reviewtui.engines.registry import get_info, list_engines
from reviewtui.model.errors import EngineError, RefusedError, UsageError
from reviewtui.model.lifecycle import ErrorKind, Tier, Verb
from reviewtui.settings.models import ModelEntry, load_model_entries, models_file


@pytest.fixture
def folder(tiny_pipelines: dict[str, Path], tmp_path: Path) -> Path:
    """A pipeline of one's own to spoil."""
    return shutil.copytree(tiny_pipelines["sd"], tmp_path / "model")


def refusal(folder: Path) -> str:
    with pytest.raises(EngineError) as caught:
        inspect_folder(folder)
    assert caught.value.kind == ErrorKind.ENGINE_MISSING
    assert caught.value.remedy
    return str(caught.value)


def test_folder__whole__says_what_it_is(tiny_pipelines: dict[str, Path]) -> None:
    found = {family: inspect_folder(path) for family, path in tiny_pipelines.items()}
    assert [one.pipeline for one in found.values()] == [
        "StableDiffusionInpaintPipeline", "StableDiffusionXLPipeline", "FluxFillPipeline",
    ]  # fmt: skip
    assert set(found["sd"].components) == {"vae", "text_encoder", "unet"}
    assert found["sd"].licence == "apache-2.0"
    assert found["sd"].weights_bytes > 100_000
    assert len({one.identity for one in found.values()}) == 3


def test_identity__other_weights_or_index__is_another(folder: Path) -> None:
    before = inspect_folder(folder).identity
    assert inspect_folder(folder).identity == before
    index = folder / "model_index.json"
    index.write_text(index.read_text() + "\n")
    assert inspect_folder(folder).identity != before


def test_folder__with_pickled_weights__is_refused_without_opening_them(folder: Path) -> None:
    weights = folder / "unet" / "diffusion_pytorch_model.safetensors"
    weights.rename(weights.with_suffix(".bin"))
    assert "pickled" in refusal(folder)


def test_folder__with_code_of_its_own__is_refused(folder: Path) -> None:
    (folder / "unet" / "my_unet.py").write_text("raise SystemExit")
    assert "code of its own" in refusal(folder)


def test_folder__whose_class_is_code__is_refused(folder: Path) -> None:
    index = folder / "model_index.json"
    index.write_text(json.dumps({**json.loads(index.read_text()), "_class_name": ["my_pipeline", "Mine"]}))
    assert "code of its own" in refusal(folder)


@pytest.mark.parametrize("keep", [0, 5, 600, -1])
def test_folder__with_weights_cut_short__is_half_downloaded(folder: Path, keep: int) -> None:
    weights = folder / "unet" / "diffusion_pytorch_model.safetensors"
    weights.write_bytes(weights.read_bytes()[:keep])
    assert "half downloaded" in refusal(folder)


def test_folder__with_a_shard_or_a_part_missing__is_half_downloaded(folder: Path) -> None:
    index = folder / "unet" / "diffusion_pytorch_model.safetensors.index.json"
    index.write_text(json.dumps({"weight_map": {"a": "diffusion_pytorch_model-00002-of-00002.safetensors"}}))
    assert "00002-of-00002.safetensors is missing" in refusal(folder)
    shutil.rmtree(folder / "unet")
    assert "the part 'unet' is missing" in refusal(folder)


@pytest.mark.parametrize("text", ["", "[]", "{", "{}", '{"_class_name": 5}', "\ud800"])
def test_folder__with_an_index_of_nonsense__is_refused(folder: Path, text: str) -> None:
    (folder / "model_index.json").write_text(text, encoding="utf-8", errors="surrogatepass")
    refusal(folder)


def test_folder__without_an_index__is_refused_and_a_checkpoint_named(folder: Path) -> None:
    (folder / "model_index.json").unlink()
    (folder / "sd15.safetensors").touch()
    assert "sd15.safetensors alone is a single-file checkpoint" in refusal(folder)


def test_variant__of_which_alone_the_parts_are__is_found(folder: Path) -> None:
    for weights in folder.glob("*/*.safetensors"):
        weights.rename(weights.with_suffix(".fp16.safetensors"))
    assert inspect_folder(folder).variant == "fp16"


def test_hub_model__in_the_cache__is_found_by_its_revision(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    place = tmp_path / "hub" / "models--org--model"
    (place / "refs").mkdir(parents=True)
    (place / "refs" / "main").write_text("abc123")
    shutil.copytree(folder, place / "snapshots" / "abc123")
    assert find_folder(ModelEntry("x", "org/model")) == place / "snapshots" / "abc123"
    assert find_folder(ModelEntry("x", "org/model", revision="abc123")) == place / "snapshots" / "abc123"
    for revision in ("v2", "../.."):
        with pytest.raises(EngineError, match="nothing was downloaded"):
            find_folder(ModelEntry("x", "org/model", revision=revision))


def test_add__folder__becomes_an_engine_with_licence_and_identity(folder: Path) -> None:
    entry = add_model("mine", str(folder))
    assert load_model_entries() == {"mine": entry}
    assert (entry.pipeline, entry.licence) == ("StableDiffusionInpaintPipeline", "apache-2.0")
    listing = next(one for one in list_engines() if one.name == "diffusers:mine")
    assert listing.available
    info = get_info("diffusers:mine")
    assert {Verb.FIX, Verb.RESTYLE, Verb.REMOVE, Verb.RECOLOR, Verb.BACKGROUND, Verb.OUTPAINT} == info.verbs
    assert info.defaults(Verb.FIX, Tier.DRAFT) == {"strength": 0.6, "steps": 8}
    assert info.needs_model


def test_list__model_spoilt_later__says_why_and_the_others_stay(folder: Path) -> None:
    add_model("mine", str(folder))
    shutil.rmtree(folder)
    listings = {one.name: one for one in list_engines()}
    assert listings["patch"].available
    assert not listings["diffusers:mine"].available
    assert "there is no folder" in listings["diffusers:mine"].words
    models_file().write_text("[[[")
    assert [one.name for one in list_engines() if not one.available] == ["diffusers"]


def test_add__what_cannot_be_used__writes_nothing(folder: Path, tmp_path: Path) -> None:
    (folder / "model_index.json").unlink()
    for source, kind in [
        (str(folder), EngineError),
        (str(tmp_path / "none"), UsageError),
        ("no slash", UsageError),
        ("org/model", EngineError),
    ]:
        with pytest.raises(kind):
            add_model("mine", source)
    assert not models_file().exists()


def test_add__download_while_offline__is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(RefusedError, match="HF_HUB_OFFLINE"):
        add_model("mine", "org/model", download=True)


def test_add__name_taken__is_refused(folder: Path) -> None:
    add_model("mine", str(folder))
    with pytest.raises(RefusedError, match="already"):
        add_model("mine", str(folder))
