"""``engines add`` as a user types it: what is refused says why and how to mend it, and nothing is downloaded."""

from pathlib import Path

import pytest

from tests.support.commands import command, data


def test_engines_add__folder__is_listed_and_its_name_can_be_asked_for(tiny_pipelines: dict[str, Path]) -> None:
    [record] = data("engines", "add", "mine", tiny_pipelines["flux"])
    assert (record["name"], record["available"], record["device"]) == ("diffusers:mine", True, "auto")
    assert record["verbs"] == ["background", "fix", "outpaint", "recolor", "remove", "restyle"]
    assert "FluxFillPipeline" in record["why"]
    assert "apache-2.0" in record["why"]
    names = [known["name"] for known in data("engines")]
    assert (names[0], names[-1]) == ("patch", "diffusers:mine")


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("add",), 2, "NAME"),
        (("remove", "x"), 2, "add NAME"),
        (("add", "a b", "/tmp"), 2, "cannot name a model"),
        (("add", "a", "/no/such/folder"), 2, "there is no folder"),
        (("add", "a", "/"), 1, "model_index.json"),
        (("add", "a", "org/model"), 1, "engines add a org/model --download"),
        (("add", "a", "org/model", "--download"), 1, "HF_HUB_OFFLINE"),
    ],
)
def test_engines_add__what_cannot_be__is_refused_in_one_line(words: tuple[str, ...], status: int, said: str) -> None:
    done = command("engines", *words)
    assert done.code == status
    assert said in done.err
    assert len(done.err.strip().splitlines()) == 1


def test_fix__strength_by_name__is_known(sample_workspace: Path) -> None:
    done = command("fix", str(sample_workspace), "x", "--strength", "much")
    assert done.code == 2
    assert "rework (0.6)" in done.err
