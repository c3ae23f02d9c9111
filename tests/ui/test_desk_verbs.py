"""Fixes of every verb at the desk: what is typed is what is asked for, and only a region that was marked is meant."""

from __future__ import annotations

import json

import pytest

from reviewtui.imaging.decoding import Decoder
from reviewtui.model.errors import UsageError
from reviewtui.model.lifecycle import Tier, Verb
from reviewtui.services.sending import Wish, parse_wish
from reviewtui.services.workspace import Workspace
from reviewtui.ui.modes import Mode
from tests.support.robot import at_desk


async def test_verb__outpaint_by_key__asks_for_a_frame_of_that_ratio(plain: Workspace, decoder: Decoder) -> None:
    async with at_desk(plain, decoder) as desk:
        await desk.keys("j", "Enter")
        await desk.ready(2)
        await desk.keys("V", "o", "Enter")
        [(verb, engine, params)] = desk.rows("SELECT verb, engine, params FROM job")
        assert (verb, engine) == ("outpaint", "patch")
        assert json.loads(params)["ratio"] == "16:9"
        assert desk.says("fix sent", "job 1")


async def test_verb__recolor_of_marked_regions__note_and_job_together(plain: Workspace, decoder: Decoder) -> None:
    async with at_desk(plain, decoder) as desk:
        await desk.keys("j", "Enter")
        await desk.ready(2)
        await desk.keys("d", "H", "K", "Space", "shift+right", "J", "Space", "v", "c", "Enter")
        assert desk.mode is Mode.VIEW
        assert desk.rows("SELECT text, state FROM note") == [("recolor to #3366aa", "fixing")]
        assert desk.rows("SELECT verb, engine, note_id, mask_id FROM job") == [("recolor", "color", 1, 1)]


async def test_verb__that_needs_a_model__says_so_and_writes_nothing(plain: Workspace, decoder: Decoder) -> None:
    async with at_desk(plain, decoder) as desk:
        await desk.keys("j", "Enter")
        await desk.ready(2)
        desk.desk.commands.execute("fix restyle 'as an etching'")
        await desk.settle()
        assert desk.count("note") == 0
        desk.desk.commands.execute("fix upscale 2")
        await desk.settle()
        assert desk.rows("SELECT verb, engine, candidates FROM job") == [("upscale", "lanczos", 1)]


@pytest.mark.parametrize(
    ("verb", "typed", "asked"),
    [
        (Verb.OUTPAINT, "16:9 anchor=left", {"ratio": "16:9", "anchor": "left"}),
        (Verb.UPSCALE, "4", {"factor": 4}),
        (Verb.RECOLOR, "to=#3366aa exposure=-0.5", {"to": "#3366aa", "exposure": -0.5}),
        (Verb.OVERLAY, "'NEW = NOW' size=6%", {"text": "NEW = NOW", "size": "6%"}),
        (Verb.FIX, "a calm face strength=repair", {"prompt": "a calm face", "strength": 0.45}),
        (Verb.RECOLOR, "like-asset=sea feather=9", {"like_asset": "sea", "feather_px": 9}),
    ],
)
def test_parse_wish__what_is_typed__is_asked(verb: Verb, typed: str, asked: dict[str, object]) -> None:
    wish = parse_wish(verb, typed)
    assert {name: value for name, value in wish.asked.items() if value is not None} == asked


def test_parse_wish__for_all_verbs__engine_tier_seed_and_candidates() -> None:
    wish = parse_wish(Verb.REMOVE, "engine=patch tier=draft seed=7 candidates=3")
    assert wish == Wish(Verb.REMOVE, {"feather_px": None}, "patch", Tier.DRAFT, 3, 7)


@pytest.mark.parametrize("typed", ["ratio=1:1", "exposure=much", "'unfinished", "tier=best"])
def test_parse_wish__nonsense__refused(typed: str) -> None:
    with pytest.raises(UsageError):
        parse_wish(Verb.RECOLOR, typed)
