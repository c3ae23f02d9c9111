"""From what a reviewer asks of a verb to what a job needs: the region, the frame, and the engine's parameters.

The reviewer says what, not how. Must not write and must not choose an engine.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from reviewtui.engines.registry import list_engines
from reviewtui.imaging.decoding import Decoder
from reviewtui.model.entities import Version
from reviewtui.model.errors import InputError, UsageError
from reviewtui.model.frames import outpainted, parse_anchor, parse_ratio, upscaled
from reviewtui.model.geometry import PixelRect, PixelSize, parse_rect
from reviewtui.model.lettering import FIT, clean_text, parse_color, parse_point, parse_size, place_box
from reviewtui.model.lifecycle import Verb
from reviewtui.model.masks import MaskSpec
from reviewtui.services.content import get_content
from reviewtui.services.fitting import fit_text
from reviewtui.services.lookup import find_target
from reviewtui.services.presets import find_preset_mask
from reviewtui.services.workspace import Workspace

ALIGNMENTS = ("left", "center", "right")
_FONT_SUFFIXES = (".ttf", ".otf", ".ttc")
_MOST_BACKGROUND_FEATHER = 0.01
_GRADES = ("amount", "exposure", "contrast", "saturation", "temperature", "tint")
#: Words that only some verbs understand, by verb.
WORDS_OF = {
    Verb.OUTPAINT: ("ratio", "anchor"),
    Verb.UPSCALE: ("factor",),
    Verb.RECOLOR: ("to", "like", "like_asset", *_GRADES),
    Verb.OVERLAY: ("text", "font", "size", "color", "at", "anchor", "align", "opacity"),
}
_ALL_WORDS = frozenset(word for words in WORDS_OF.values() for word in words)


@dataclass(frozen=True, slots=True)
class Plan:
    """What a job of a verb needs.

    Attributes:
        mask: region for the note, or None where the verb is about the whole picture.
        job_mask: selection of the job where it is not the note's: on a frame of another size.
        params: for the engine and the host, JSON-ready.
        words: what a note says when nobody wrote one.
    """

    mask: MaskSpec | None
    job_mask: MaskSpec | None
    params: dict[str, Any]
    words: str


def plan_fix(
    workspace: Workspace,
    decoder: Decoder,
    version: Version,
    verb: Verb,
    mask: MaskSpec | None,
    asked: Mapping[str, Any],
) -> Plan:
    """Work out region, frame and parameters. Blocking: may decode a picture or a font.

    Args:
        version: that the job will work on.
        mask: what was marked, or None.
        asked: words of ``WORDS_OF`` and whatever goes to an engine as it is; None is 'not said'.

    Raises:
        UsageError: a word that this verb does not know, a value that is none, or no region where one is needed.
        InputError: it cannot be done with this picture; says why.
        NotFoundError: nothing says what the subject is.
    """
    said = {name: value for name, value in asked.items() if value is not None}
    own = set(WORDS_OF.get(verb, ()))
    strange = sorted(name for name in said if name in _ALL_WORDS - own)
    if strange:
        able = ", ".join(str(other) for other, words in WORDS_OF.items() if strange[0] in words)
        raise UsageError(f"{verb} knows no {strange[0].replace('_', '-')}", f"it belongs to --verb {able}")
    rest = {name: value for name, value in said.items() if name not in own}
    words = {name: value for name, value in said.items() if name in own}
    if verb is Verb.OUTPAINT:
        return _outpaint(version, mask, words, rest)
    if verb is Verb.UPSCALE:
        return _upscale(version, mask, words, rest)
    if verb is Verb.RECOLOR:
        return _recolor(workspace, decoder, version, mask, words, rest)
    if verb is Verb.OVERLAY:
        return _overlay(decoder, version, mask, words, rest)
    if verb is Verb.BACKGROUND:
        return _background(workspace, decoder, version, mask, rest)
    if mask is None:
        raise UsageError(f"say which region {verb} is about", "--rect X,Y,W,H, --preset NAME or --note ID")
    return Plan(mask, None, rest, str(verb))


# --- frames that change


def _outpaint(version: Version, mask: MaskSpec | None, words: dict[str, Any], rest: dict[str, Any]) -> Plan:
    _no_region(Verb.OUTPAINT, mask)
    if "ratio" not in words:
        raise UsageError("say which ratio", "--ratio 16:9 (1:1, 4:5, 9:16, 16:9, 1.91:1 or any W:H)")
    anchor = parse_anchor(str(words.get("anchor", "center")))
    frame = outpainted(version.size, parse_ratio(str(words["ratio"])), anchor)
    # Exactly what is new: no collar may reach over the original.
    new = MaskSpec(frame.size, frame.added(version.size), feather_px=0)
    params = {**rest, **frame.to_params(), "ratio": words["ratio"], "anchor": anchor, "feather_px": 0}
    return Plan(None, new, params, f"outpaint to {words['ratio']}, {frame.size}")


def _upscale(version: Version, mask: MaskSpec | None, words: dict[str, Any], rest: dict[str, Any]) -> Plan:
    _no_region(Verb.UPSCALE, mask)
    frame = upscaled(version.size, int(words.get("factor", 2)))
    whole = MaskSpec(frame.size, (PixelRect.of_size(frame.size),), feather_px=0)
    return Plan(None, whole, {**rest, **frame.to_params()}, f"upscale {frame.factor} times, {frame.size}")


def _no_region(verb: Verb, mask: MaskSpec | None) -> None:
    if mask is not None:
        raise UsageError(f"{verb} is about the whole picture", "leave the region away")


# --- colors


def _recolor(
    workspace: Workspace,
    decoder: Decoder,
    version: Version,
    mask: MaskSpec | None,
    words: dict[str, Any],
    rest: dict[str, Any],
) -> Plan:
    """Without a region it is about the whole picture."""
    params = {**rest, **{name: words[name] for name in _GRADES if name in words}}
    what = ", ".join(f"{name} {params[name]:+g}" for name in _GRADES[1:] if params.get(name))
    if "to" in words and ("like" in words or "like_asset" in words):
        raise UsageError("either a color or a place to take it from", "--to or --like")
    if "to" in words:
        params["look"] = _look_of_color(parse_color(str(words["to"])))
        what = f"recolor to {words['to']}{', ' if what else ''}{what}"
    elif "like" in words or "like_asset" in words:
        params["look"], place = _look_of_place(workspace, decoder, version, words)
        what = f"recolor like {place}{', ' if what else ''}{what}"
    whole = MaskSpec(version.size, (PixelRect.of_size(version.size),), feather_px=0)
    return Plan(mask or whole, None, params, what or "recolor")


def _look_of_color(color: tuple[int, int, int]) -> str:
    import numpy as np

    from reviewtui.imaging.grading import look_of

    return look_of(np.array([[color]], dtype=np.uint8)).to_text()


def _look_of_place(workspace: Workspace, decoder: Decoder, version: Version, words: dict[str, Any]) -> tuple[str, str]:
    """Look and name of a region of this version, of another asset, or of a region of that."""
    from reviewtui.imaging.grading import look_of

    with workspace.store.read() as db:
        if "like_asset" in words:
            version = find_target(workspace, db, str(words["like_asset"])).get_version()
        content = get_content(workspace, db, version)
    native = decoder.load_native(content.path, expect_sha256=version.sha256)
    rect = parse_rect(str(words["like"]), version.size) if "like" in words else PixelRect.of_size(version.size)
    place = f"{words['like_asset']} {rect}" if "like_asset" in words else str(rect)
    return look_of(native.pixels[rect.y : rect.bottom, rect.x : rect.right]).to_text(), place


# --- text


def _overlay(
    decoder: Decoder, version: Version, mask: MaskSpec | None, words: dict[str, Any], rest: dict[str, Any]
) -> Plan:
    """The region becomes the box of the text; a region that was marked is the room in which it stands."""
    from reviewtui.imaging.lettering import Lettering, measure

    text = clean_text(str(words.get("text", "")))
    align = str(words.get("align", "left")).replace("centre", "center")
    if align not in ALIGNMENTS:
        raise UsageError(f"lines cannot be aligned {align[:40]}", ", ".join(ALIGNMENTS))
    color = "#{:02x}{:02x}{:02x}".format(*parse_color(str(words.get("color", "white"))))
    room = PixelRect.of_size(version.size) if mask is None else mask.bounds
    params = {**rest, "text": text, "align": align, "color": color, "feather_px": 0}
    if "opacity" in words:
        params["opacity"] = words["opacity"]
    if "font" in words:
        path = _font_path(str(words["font"]))
        params["font"] = str(path)

    def box_of(size_px: int) -> PixelSize:
        if "font" not in params:
            # The font that comes with Pillow is as trusted as Pillow.
            return measure(Lettering(text, size_px, align), None)
        box, params["font_sha256"] = decoder.measure_text(path, text=text, size_px=size_px, align=align)
        return box

    asked = str(words.get("size", "5%"))
    size_px = fit_text(box_of, room.size) if asked == FIT else parse_size(asked, version.size.height)
    params["size_px"] = size_px
    box = box_of(size_px)
    at = parse_point(str(words["at"]), version.size) if "at" in words else None
    anchor = parse_anchor(str(words.get("anchor", "center" if at is None else "top-left")))
    place = place_box(box, anchor, version.size, at=at, room=room)
    first = text.split("\n")[0]
    return Plan(MaskSpec(version.size, (place,), feather_px=0), None, params, f"overlay: {first}")


def _font_path(text: str) -> Path:
    path = Path(text).expanduser()
    if path.suffix.lower() not in _FONT_SUFFIXES:
        raise UsageError(f"'{text[:80]}' is no font file", "a .ttf or .otf file")
    try:
        # Fonts are often links; what counts is the file that is there now, and its hash.
        return path.resolve(strict=True)
    except (OSError, RuntimeError) as error:
        raise InputError(f"there is no font {text[:80]}", "fc-list shows those of this machine") from error


# --- background


def _background(
    workspace: Workspace, decoder: Decoder, version: Version, mask: MaskSpec | None, rest: dict[str, Any]
) -> Plan:
    """Everything but the subject: what was marked is kept, else what a detector takes for it."""
    if mask is None:
        mask = find_preset_mask(workspace, "subject", version, decoder=lambda: decoder)
    most = max(round(_MOST_BACKGROUND_FEATHER * min(version.size.width, version.size.height)), 1)
    feather = min(most if mask.feather_px is None else mask.feather_px, most)
    flipped = replace(mask, invert=not mask.invert, feather_px=feather)
    return Plan(flipped, None, rest, "background")


def what_works_without(verb: Verb) -> str:
    """What to ask for instead where a verb needs a model and there is none."""
    instead = {
        Verb.FIX: "--verb remove fills the region from around it without a model",
        Verb.RESTYLE: "--verb recolor grades or recolors the region without a model, --verb remove fills it",
        Verb.BACKGROUND: "--verb recolor --invert grades all but the marked subject without a model,"
        " --verb remove takes things out of it",
    }.get(verb, "--verb remove needs no model")
    names = ", ".join(listing.name for listing in list_engines())
    return f"{instead}; `reviewtui engines add NAME FOLDER` adds a model; there is {names}"
