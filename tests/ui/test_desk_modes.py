"""Every mode is reached and left by keys; Esc never decides and never quits."""

from __future__ import annotations

from reviewtui.imaging.decoding import Decoder
from reviewtui.services.workspace import Workspace
from reviewtui.ui.modes import Mode
from tests.support.robot import at_desk


async def test_desk__every_mode__is_entered_and_left_by_keys(fixed: Workspace, decoder: Decoder) -> None:
    async with at_desk(fixed, decoder) as desk:
        await desk.keys("j")
        assert desk.asset == "hero"
        walk = [
            ("Enter", Mode.VIEW), ("d", Mode.MARK), ("t", Mode.CHOICE), ("Esc", Mode.MARK), (";", Mode.ENTRY),
            ("Esc", Mode.MARK), ("?", Mode.PANEL), ("Esc", Mode.MARK), ("Esc", Mode.VIEW), (";", Mode.ENTRY),
            ("Esc", Mode.VIEW), ("B", Mode.NOTES), (";", Mode.ENTRY), ("Esc", Mode.NOTES), ("t", Mode.CHOICE),
            ("Esc", Mode.NOTES), ("S", Mode.FIX), ("=", Mode.ENTRY), ("Esc", Mode.FIX), ("?", Mode.PANEL),
            ("Esc", Mode.FIX), ("Esc", Mode.NOTES), ("Esc", Mode.VIEW), ("d", Mode.MARK), ("e", Mode.FIX),
            ("Esc", Mode.MARK), ("Esc", Mode.VIEW), ("C", Mode.COMPARE), ("?", Mode.PANEL), ("Esc", Mode.COMPARE),
            ("Esc", Mode.VIEW), ("W", Mode.PANEL), ("Esc", Mode.VIEW), ("@", Mode.PANEL), ("Esc", Mode.VIEW),
            ("i", Mode.PANEL), ("Esc", Mode.VIEW), ("Esc", Mode.BROWSE), (":", Mode.ENTRY), ("Esc", Mode.BROWSE),
            ("/", Mode.ENTRY), ("Esc", Mode.BROWSE), ("Esc", Mode.BROWSE),
        ]  # fmt: skip
        for key, mode in walk:
            await desk.keys(key)
            assert desk.mode is mode, key
        assert desk.count("decision") == 0
        assert desk.app.is_running
