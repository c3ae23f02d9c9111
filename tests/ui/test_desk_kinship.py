"""Versions of one asset are shown as changes of each other: the desk knows where they differ."""

from __future__ import annotations

from reviewtui.imaging.decoding import Decoder
from reviewtui.model.entities import Version
from reviewtui.services.workspace import Workspace
from reviewtui.ui.pictures import Channel, Kinship, Tone
from tests.support.reviewed import BLEMISH
from tests.support.robot import Robot, at_desk


def version(desk: Robot, number: int) -> Version:
    view = desk.desk.state.view
    assert view is not None
    found = view.find_number(number)
    assert found is not None
    return found.version


def between(desk: Robot, one: int, other: int) -> Kinship | None:
    return desk.desk.showing.kinships.between(version(desk, one), version(desk, other))


async def test_kinship__fix__is_known_from_its_record_both_ways(fixed: Workspace, decoder: Decoder) -> None:
    async with at_desk(fixed, decoder) as desk:
        await desk.keys("j")
        await desk.ready(3)
        proof = next(one.proof for one in desk.desk.state.view.versions if one.version.number == 3)  # type: ignore[union-attr]
        assert proof is not None
        for one, other in ((3, 2), (2, 3)):
            kin = between(desk, one, other)
            assert kin == Kinship(version(desk, other).sha256, proof.box)


async def test_kinship__no_record__is_learned_when_somebody_flips(fixed: Workspace, decoder: Decoder) -> None:
    async with at_desk(fixed, decoder) as desk:
        await desk.keys("j", "Enter")
        await desk.ready(3)
        assert between(desk, 2, 1) is None
        await desk.keys("C", "1", "Space")
        await desk.ready()
        await desk.keys("Space")
        pair = desk.desk.state.comparison
        assert pair is not None
        assert (pair.champion, pair.challenger) == (2, 1)
        await desk.wait_until(lambda: between(desk, 2, 1) is not None)
        assert between(desk, 2, 1) == Kinship(version(desk, 1).sha256, BLEMISH)


async def test_kinship__no_record__is_learned_when_two_are_compared_before_anybody_flips(
    fixed: Workspace, decoder: Decoder
) -> None:
    async with at_desk(fixed, decoder) as desk:
        await desk.keys("j", "Enter", "gp", "C")
        await desk.ready()
        pair = desk.desk.state.comparison
        assert pair is not None
        desk.desk.comparing.open_pair(1, 2)
        assert between(desk, 2, 1) is None
        await desk.wait_until(lambda: between(desk, 1, 2) is not None)
        assert between(desk, 1, 2) == Kinship(version(desk, 2).sha256, BLEMISH)


async def test_kinship__tone__names_the_picture_that_is_seen(fixed: Workspace, decoder: Decoder) -> None:
    async with at_desk(fixed, decoder) as desk:
        await desk.keys("j")
        await desk.ready(3)
        desk.desk.state.tone = Tone(Channel.LUMA)
        kin = between(desk, 3, 2)
        assert kin is not None
        assert kin.key == desk.desk.showing.source_of(version(desk, 2)).key != version(desk, 2).sha256


async def test_kinship__other_asset__is_none(fixed: Workspace, decoder: Decoder) -> None:
    async with at_desk(fixed, decoder) as desk:
        await desk.keys("j")
        await desk.ready(3)
        first = version(desk, 3)
        await desk.keys("j")
        await desk.ready()
        assert desk.desk.showing.kinships.between(version(desk, 1), first) is None
