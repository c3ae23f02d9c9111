"""What is drawn as the end of a fix is where it really ends."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviewtui.imaging.masks import edit_masks
from reviewtui.model.geometry import PixelRect, PixelSize
from reviewtui.model.masks import MaskSpec
from reviewtui.services.collars import Collar, default_collar, edge_of, soft_edges
from tests.support.desk import open_desk

SIZE = PixelSize(300, 220)


@settings(max_examples=40, deadline=None)
@given(
    x=st.integers(0, 250), y=st.integers(0, 180), width=st.integers(4, 120), height=st.integers(4, 120),
    feather=st.sampled_from([None, 0, 1, 5, 30]), grow=st.integers(0, 9), invert=st.booleans(), for_model=st.booleans(),
)  # fmt: skip
def test_soft_edge__any_mask__no_pixel_beyond_it_changes(
    x: int, y: int, width: int, height: int, feather: int | None, grow: int, invert: bool, for_model: bool
) -> None:
    rect = PixelRect(x, y, width, height).clamped(SIZE)
    assert rect is not None
    spec = MaskSpec(SIZE, (rect,), invert, grow, feather)
    edge_px = edge_of(spec, Collar(for_model))
    assert edge_px is not None
    if invert and min(rect.width, rect.height) <= 2 * (grow + edge_px) + 2:
        return
    masks = edit_masks(spec, for_model=for_model)
    changed = np.zeros((SIZE.height, SIZE.width), dtype=bool)
    box = masks.box
    changed[box.y : box.bottom, box.x : box.right] = masks.alpha > 0
    rings = soft_edges(spec, edge_px)
    if edge_px == 0:
        assert rings == []
        return
    ring = rings[0]
    inside = np.zeros_like(changed)
    inside[ring.y : ring.bottom, ring.x : ring.right] = True
    assert not (changed & (inside if invert else ~inside)).any()
    # And it is no wider than it must be, but for what rounding to whole samples leaves out.
    tight = ring.grown(2 if invert else -2)
    beyond = np.zeros_like(changed)
    beyond[max(tight.y, 0) : tight.bottom, max(tight.x, 0) : tight.right] = True
    if not invert and rect.grown(edge_px + grow + 2) == rect.grown(edge_px + grow + 2).clamped(SIZE):
        assert (changed & ~beyond).any()


def test_edge__more_than_one_run_can_do__is_not_said() -> None:
    huge = PixelSize(20_000, 20_000)
    assert edge_of(MaskSpec(huge, (PixelRect.of_size(huge),)), Collar()) is None


@pytest.mark.parametrize(("engine", "for_model"), [("patch", False), ("somebody-elses", True)])
def test_default_collar__engine__is_the_one_that_would_be_asked(tmp_path: Path, engine: str, for_model: bool) -> None:
    workspace = open_desk(tmp_path, fix_engine=engine)
    assert default_collar(workspace).for_model is for_model
    workspace.store.close()
