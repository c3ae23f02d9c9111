"""A held key reads nothing but the asset where it rests."""

from __future__ import annotations

import asyncio

from textual.app import App

from reviewtui.ui.haste import Haste


class Hand(App[None]):
    def __init__(self) -> None:
        super().__init__()
        self.acts = 0
        self.rested = asyncio.Event()
        self.haste = Haste(self, self.act)

    def act(self) -> None:
        self.acts += 1
        if self.acts == 2:
            self.rested.set()


async def test_move__alone__acts_at_once() -> None:
    async with Hand().run_test() as pilot:
        hand = pilot.app
        assert isinstance(hand, Hand)
        hand.haste.move()

        assert hand.acts == 1
        assert not hand.haste.is_waiting


async def test_move__many_at_once__acts_for_the_first_and_where_it_rests() -> None:
    async with Hand().run_test() as pilot:
        hand = pilot.app
        assert isinstance(hand, Hand)
        for _ in range(30):
            hand.haste.move()
        assert hand.acts == 1
        await asyncio.wait_for(hand.rested.wait(), 20)

        assert hand.acts == 2


async def test_rest__something_waits__acts_now_and_only_once() -> None:
    async with Hand().run_test() as pilot:
        hand = pilot.app
        assert isinstance(hand, Hand)
        hand.haste.move()
        hand.haste.move()
        hand.haste.rest()
        hand.haste.rest()

        assert hand.acts == 2
