"""Drawing a mask on the picture, by keys, numbers or mouse, and sending it."""

import os
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from reviewtui.detectors.catalog import find_detector
from reviewtui.model.errors import ReviewError, UsageError
from reviewtui.model.geometry import PixelRect, PixelSize, parse_rect
from reviewtui.model.lifecycle import Flaw
from reviewtui.model.masks import MAX_GROW_PX, MaskSpec
from reviewtui.model.saved_presets import NamedPreset
from reviewtui.services import annotate, browse, presets
from reviewtui.services.collars import Collar, default_collar, edge_of, soft_edges
from reviewtui.services.raster_masks import import_mask
from reviewtui.services.sending import Wish, send_wish
from reviewtui.ui.actions.area import Action, Area
from reviewtui.ui.actions.noting import complete_flaw, split_flaw
from reviewtui.ui.fix_target import Target
from reviewtui.ui.marking import FEATHER_MAX_PX, STEPS, Marking, marking_from_data
from reviewtui.ui.modes import Mode
from reviewtui.ui.passguard import guard_passes
from reviewtui.ui.pictures import Overlay, OverlayKind
from reviewtui.ui.text import cell_width, line, styled, text

_FAR = 10
_MOST_TERSE = 3
"""Ways to say what is marked in fewer words."""

_FREE_LETTERS = "rfgiopvz90"


class MarkingActions(Area):
    """Mode MARK."""

    _untouched: Marking | None = None
    """The marking as it was begun: leaving it so keeps no draft."""

    collar: Collar = Collar()
    """Of the fix that would be sent; the ring is drawn for it."""

    def actions(self) -> dict[str, Action]:
        """Actions by binding id."""
        moves: dict[str, Action] = {}
        for name, dx, dy in (("left", -1, 0), ("right", 1, 0), ("up", 0, -1), ("down", 0, 1)):
            moves[f"mark.{name}"] = partial(self._move, dx, dy)
            moves[f"mark.far_{name}"] = partial(self._move, dx * _FAR, dy * _FAR)
        return {
            **moves,
            "mark.open": self.open,
            "mark.set": lambda: self._change(Marking.corner_set),
            "mark.other": lambda: self._change(Marking.other_corner),
            "mark.step": lambda: self._change(lambda m: replace(m, step=(m.step + 1) % len(STEPS))),
            "mark.new": self._new,
            "mark.delete": lambda: self._change(Marking.deleted),
            "mark.next": lambda: self._change(Marking.next_region),
            "mark.grow": lambda: self._change(lambda m: m.grown(max(self._step_px(m)))),
            "mark.shrink": lambda: self._change(lambda m: m.grown(-max(self._step_px(m)))),
            "mark.type": self._type,
            "mark.preset": self._preset,
            "mark.suggested": self._take_suggested,
            "mark.invert": lambda: self._change(lambda m: replace(m, invert=not m.invert)),
            "mark.feather": self._feather,
            "mark.widen": self._grow,
            "mark.file": self._import,
            "mark.keep": self._save_preset,
            "mark.tag": lambda: self.desk.noting.choose_flaw(self._tag),
            "mark.severity": lambda: self._change(lambda m: replace(m, severity=m.severity % 3 + 1)),
            "mark.note": self._note,
            "mark.send": lambda: self._save(send=True),
            "mark.sheet": self._sheet,
            "mark.undo": lambda: self._change(Marking.brought_back),
            "mark.close": self.close,
        }

    def effect(self, binding_id: str) -> str | None:
        """Marking needs a picture; sending needs a region."""
        if binding_id == "mark.open":
            fits = self.state.shown_version is not None and not self.desk.workspace.store.read_only
            return "" if fits else None
        marking = self.state.marking
        if binding_id == "mark.suggested":
            return self.desk.suggested.effect
        if binding_id in {"mark.send", "mark.delete", "mark.sheet"} and (marking is None or not marking.regions):
            return None
        return ""

    # Beginning and leaving

    @property
    def _scope(self) -> str:
        version = self.state.shown_version
        assert version is not None
        return f"mask:{version.id}"

    def open(self) -> None:
        """Begin to mark the version on the screen; a draft of it comes back."""
        version = self.state.shown_version
        if version is None:
            return
        if self.desk.workspace.store.read_only:
            self.desk.say_error(UsageError("this workspace is open read-only"))
            return

        def begin(draft: dict[str, object] | None) -> None:
            if self.state.shown_version != version:
                return
            kept = None if draft is None else marking_from_data(draft, version.size)
            fresh = replace(Marking(version.size).begun(self.desk.picture.viewport.box), flaw=self._flaw_of_note())
            self.state.marking = kept or fresh
            self._untouched = fresh
            self.desk.enter(Mode.MARK)
            self._find_collar()
            self.desk.suggested.look(self.state.marking.flaw)
            if kept is not None:
                self.desk.say(styled("your draft is back; D deletes a region, n draws another", "$role-muted"))

        self.desk.hold.run(annotate.find_my_draft, self.desk.workspace, f"mask:{version.id}", then=begin)

    def _flaw_of_note(self) -> Flaw | None:
        """Of the note in focus, if it marks no region: what is marked now is likely to be it."""
        one = self.state.note
        return None if one is None or one.note.mask is not None or one.note.flaw is Flaw.OTHER else one.note.flaw

    def _find_collar(self) -> None:
        """Ask for the collar of the next fix; the ring is drawn anew when it is known."""

        def take(collar: Collar) -> None:
            if collar != self.collar:
                self.collar = collar
                if self.state.marking is not None:
                    self._show()

        self.desk.runner.run(default_collar, self.desk.workspace, then=take, slot="collar")

    def begin_with(self, rect: PixelRect, *, final: bool) -> None:
        """A rectangle drawn with the mouse."""
        version = self.state.shown_version
        if version is None or self.desk.workspace.store.read_only:
            return
        inside = rect.clamped(version.size)
        if inside is None:
            return
        marking = self.state.marking
        if marking is None:
            self.state.marking = marking = self._untouched = Marking(version.size)
            self.desk.enter(Mode.MARK)
            self._find_collar()
            # What was drawn earlier comes back beside the rectangle, else its draft would be written over.
            self.desk.runner.run(
                annotate.find_my_draft, self.desk.workspace, self._scope, then=partial(self._join_draft, version.size)
            )
        drawn = marking.with_rect(inside)
        if not final:
            drawn = replace(drawn, history=marking.history)
        self.state.marking = drawn
        self._show()
        self.desk.drafts.keep_soon(self._scope, drawn.to_data)

    def _join_draft(self, size: PixelSize, draft: dict[str, object] | None) -> None:
        marking = self.state.marking
        kept = None if draft is None else marking_from_data(draft, size)
        if marking is None or kept is None or marking.size != size:
            return
        new = tuple(rect for rect in kept.done if rect not in marking.regions)
        self.state.marking = replace(
            marking, done=(*new, *marking.done), text=marking.text or kept.text, flaw=marking.flaw or kept.flaw
        )
        self._show()
        self.desk.drafts.keep_soon(self._scope, self.state.marking.to_data)

    def close(self) -> None:
        """Leave; the regions stay as a draft."""
        marking = self.state.marking
        if marking is not None and self.state.shown_version is not None:
            body = marking.to_data() if marking.regions and marking != self._untouched else None
            self.desk.drafts.forget(self._scope)
            self.desk.drafts.save(self._scope, body)
            if body is not None:
                self.desk.say(styled("the regions stay as a draft: d brings them back", "$role-muted"))
        self.state.marking = None
        self.desk.enter(Mode.VIEW)

    # Drawing

    def _step_px(self, marking: Marking) -> tuple[int, int]:
        if marking.step == 0:
            return self.desk.picture.viewport.step_px
        return (8, 8) if marking.step == 1 else (1, 1)

    def _move(self, dx: int, dy: int) -> None:
        count = self.state.take_count() or 1
        self._change(lambda m: m.moved(dx * self._step_px(m)[0] * count, dy * self._step_px(m)[1] * count))

    def _new(self) -> None:
        self._change(lambda m: m.region_done().begun(self.desk.picture.viewport.box))

    def _change(self, change: Callable[[Marking], Marking]) -> None:
        marking = self.state.marking
        if marking is None:
            return
        try:
            self.state.marking = change(marking).checked(marking)
        except ReviewError as error:
            self.desk.say_error(error)
            return
        self._show()
        self.desk.drafts.keep_soon(self._scope, self.state.marking.to_data)

    def _show(self) -> None:
        self.desk.show_overlays()
        self.desk.show_title_lines()

    def overlays(self) -> list[Overlay]:
        """The mask as drawn."""
        marking = self.state.marking
        if marking is None:
            return []
        frames = [
            Overlay(rect, OverlayKind.MASK, "" if marking.active else str(rect.size), number + 1)
            for number, rect in enumerate(marking.done)
        ]
        active = marking.active_rect
        if active is not None:
            # Its size is said in the line below: a label that moves costs more than the frame.
            frames.append(Overlay(active, OverlayKind.MASK_ACTIVE))
        if marking.corner is not None:
            frames.append(Overlay(PixelRect(*marking.corner, 1, 1), OverlayKind.CORNER))
        mask, edge_px = self._edge(marking)
        if mask is not None and edge_px is not None and not self.desk.fixing.has_own_edge:
            frames.extend(Overlay(ring, OverlayKind.RING) for ring in soft_edges(mask, edge_px))
        return frames

    def _edge(self, marking: Marking) -> tuple[MaskSpec | None, int | None]:
        """The mask as drawn, and how far a fix of it reaches beyond it; None where it cannot be."""
        try:
            mask = marking.mask()
        except ReviewError:
            return None, None
        if mask is None:
            return None, None
        asked_px = self.desk.fixing.drawn_edge_px
        return mask, edge_of(mask, self.collar) if asked_px is None else asked_px

    def words(self, room_cells: int | None = None) -> str:
        """What is being marked, for the line below the picture; in fewer words where there is less room.

        Args:
            room_cells: that the words may take, if they can; None for any number.
        """
        marking = self.state.marking
        if marking is None:
            return ""
        told = (" · ".join(part for part in self._parts(marking, terse) if part) for terse in range(_MOST_TERSE + 1))
        words = next(told)
        while room_cells is not None and cell_width(words) > room_cells and (shorter := next(told, None)):
            words = shorter
        return words

    def _parts(self, marking: Marking, terse: int) -> list[str]:
        area = sum(rect.size.area_px for rect in marking.regions)
        share = f"{100 * min(area / marking.size.area_px, 1):.1f} %"
        edge_px, form = self._edge(marking)[1], self.desk.fixing.form
        feather_px = marking.feather_px if form is None else form.feather_px
        active, count = marking.active_rect, len(marking.regions)
        has_edge = count > 0 and not self.desk.fixing.has_own_edge
        flaw = "no flaw yet (t)" if terse < 2 else "no flaw (t)"
        if marking.flaw:
            flaw = marking.flaw.value if terse > 1 else f"flaw {marking.flaw.value}"
        # What a step changes stands first: the rest of the line need not be written again.
        return [
            ("" if active is None else f"{active.size}, ")
            + ("up to " if marking.raster_sha256 else "")
            + (share if terse else f"{area / 1e6:.2f} MP, {share}"),
            _edge_words(feather_px, edge_px, is_short=terse > 0) if has_edge and terse < _MOST_TERSE else "",
            "" if terse > 1 and count == 1 else f"{count} region{'' if count == 1 else 's'}",
            "from a file" if marking.raster_sha256 else "",
            "inverted" if marking.invert else "",
            f"grown {marking.grow_px:+d} px" if marking.grow_px else "",
            flaw,
            f"step {STEPS[marking.step]}",
            f"{marking.severity}" if terse > 1 else f"severity {marking.severity}",
        ]

    # Typing

    def _type(self) -> None:
        def submit(value: str) -> None:
            self._change(lambda m: m.with_rect(parse_rect(value, m.size)))

        marking = self.state.marking
        now = marking.active_rect if marking is not None else None
        is_now = "" if now is None else f" (now {now})"
        self.desk.ask(styled(f" X,Y,W,H in px or %{is_now}: ", "$role-accent"), submit=submit)

    def _feather(self) -> None:
        def submit(value: str) -> None:
            self._change(lambda m: replace(m, feather_px=parse_feather(value)))

        self.desk.ask(styled(" feather in px, 0 = exactly the region, a = automatic: ", "$role-accent"), submit=submit)

    def _grow(self) -> None:
        def submit(value: str) -> None:
            self._change(lambda m: replace(m, grow_px=parse_grow(value)))

        self.desk.ask(styled(" wider by so many px on every side, below 0 narrower: ", "$role-accent"), submit=submit)

    def _tag(self, flaw: Flaw) -> None:
        self._change(lambda m: replace(m, flaw=flaw))
        self.desk.suggested.look(flaw)

    # Presets

    def _take_suggested(self) -> None:
        """What the flaw suggests, in place of what is drawn; ``z`` brings that back."""
        mask = self.desk.suggested.mask
        if mask is None:
            self.desk.say(styled("nothing is suggested: t says what is wrong, p offers presets", "$role-muted"))
            return
        self._change(lambda m: m.with_mask(mask))
        places = f"{len(mask.regions)} region{'' if len(mask.regions) == 1 else 's'}"
        self.desk.say(styled(f"{mask.preset}: {places}; look before you send, z brings yours back", "$role-text"))

    def _preset(self) -> None:
        marking = self.state.marking
        if marking is None:
            return
        before = marking

        def load() -> tuple[list[NamedPreset], MaskSpec | None]:
            return presets.list_presets(self.desk.workspace), browse.last_mask(self.desk.workspace)

        def offer(found: tuple[list[NamedPreset], MaskSpec | None]) -> None:
            named, last = found
            options: list[tuple[str, str, object]] = [(p.key, _preset_words(p), p.name) for p in named if p.key]
            slow = {p.name for p in named if p.is_detected}
            taken = {letter for letter, _, _ in options}
            free = iter(letter for letter in _FREE_LETTERS if letter not in taken)
            masks = [("last mask", last)]
            if self.state.view is not None:
                masks += [(f"mask of note {n + 1}", one.note.mask) for n, one in enumerate(self.state.view.notes)]
            fitting = [(words, mask) for words, mask in masks if mask is not None and mask.size == before.size]
            options.extend((letter, words, mask) for letter, (words, mask) in zip(free, fitting, strict=False))

            def look(value: object) -> None:
                if value in slow:
                    self._restore(before)
                else:
                    self._take(before, value)

            self.desk.choose(
                "preset", options, lambda value: self._take(before, value),
                moved=look, left=lambda: self._restore(before),
            )  # fmt: skip

        self.desk.hold.run(load, then=offer)

    def _take(self, before: Marking, value: object) -> None:
        if isinstance(value, MaskSpec):
            self._change(lambda _: before.with_mask(value))
            return
        desk, version = self.desk, self.state.shown_version
        if version is not None:
            if find_detector(str(value)) is not None:
                desk.say(styled(f"looking for {value} …", "$role-muted"))
            # Keys wait for the answer: what is sent next must be this mask and not the one before.
            desk.hold.run(
                presets.find_preset_mask, desk.workspace, str(value), version, decoder=lambda: desk.decoder,
                then=lambda mask: self._take_found(before, mask),
            )  # fmt: skip

    def _take_found(self, before: Marking, mask: MaskSpec) -> None:
        self._change(lambda _: before.with_mask(mask))
        if find_detector(mask.preset or "") is not None:
            what = "all but what was found" if mask.invert else "found"
            self.desk.say(
                styled(f"{mask.preset}: {what}, {len(mask.regions)} regions; look before you send", "$role-text")
            )

    def _restore(self, before: Marking) -> None:
        self.state.marking = before
        self._show()

    def _import(self) -> None:
        desk, version = self.desk, self.state.shown_version

        def submit(value: str) -> None:
            path = Path(os.path.expanduser(value.strip()))  # noqa: PTH111 - pathlib's raises for an unknown user
            if not path.is_absolute():
                raise UsageError("give a whole path", "such as /tmp/mask.png")
            assert version is not None
            desk.runner.run(
                import_mask, desk.workspace, desk.decoder, path, version.size,
                then=lambda mask: self._change(lambda m: m.with_mask(mask)),
            )  # fmt: skip

        desk.ask(styled(" picture as the mask, white is redone: ", "$role-accent"), submit=submit)

    def _save_preset(self) -> None:
        marking = self.state.marking
        mask = None if marking is None else marking.mask()
        if mask is None:
            self.desk.say(styled("nothing is marked yet", "$role-changes"))
            return
        self.desk.ask(
            styled(" keep this mask as a preset called: ", "$role-accent"),
            submit=lambda name: self.desk.runner.run(
                presets.save_preset, self.desk.workspace, name.strip(), mask, ordered=True,
                then=lambda kept: self.desk.say(styled(f"✓ preset {kept.name}: p offers it everywhere", "$role-text")),
            ),
        )  # fmt: skip

    # Saving

    def _note(self) -> None:
        marking = self.state.marking
        if marking is None:
            return

        def keep(value: str) -> None:
            self._change(lambda m: replace(m, text=value))

        def submit(value: str) -> None:
            keep(value)
            self._save(send=False)

        self.desk.ask(
            styled(" note: ", "$role-accent"), initial=marking.text, changed=keep, leave=keep, submit=submit,
            complete=complete_flaw,
        )  # fmt: skip

    def send_wish(self, wish: Wish) -> None:
        """Save the regions and send a fix of any verb on them."""
        found = self._request(send=False)
        if found is None:
            return
        desk, (name, request) = self.desk, found
        desk.drafts.forget(self._scope)
        desk.hold.run(
            lambda: send_wish(desk.workspace, desk.decoder, name, wish, request),
            then=self._saved, failed=self._not_saved, ordered=True,
        )  # fmt: skip

    def _request(self, *, send: bool) -> tuple[str, annotate.NoteRequest] | None:
        """The version's name and the note with the drawn mask; None, said in words, where nothing is drawn."""
        marking, view, version = self.state.marking, self.state.view, self.state.shown_version
        if marking is None or view is None or version is None:
            return None
        try:
            mask = marking.mask()
        except ReviewError as error:
            self.desk.say_error(error)
            return None
        if mask is None:
            self.desk.say(styled("nothing is marked: n draws a region, p offers presets", "$role-changes"))
            return None
        flaw, words = split_flaw(marking.text)
        request = annotate.NoteRequest(
            text=words,
            flaw=flaw or marking.flaw or Flaw.OTHER,
            severity=marking.severity,
            mask=mask,
            fix=annotate.default_fix(self.desk.workspace) if send else None,
            act_key=self.desk.new_act_key(),
            draft_scope=self._scope,
        )
        return f"{view.asset.key}@{version.number}", request

    def _save(self, *, send: bool) -> None:
        found = self._request(send=send)
        if found is None:
            return
        name, request = found
        if request.fix is None:
            self._write(name, request)
        else:
            engines = [request.fix.engine]
            guard_passes(self.desk, engines, lambda: self._write(name, request), name=name, mask=request.mask)

    def _write(self, name: str, request: annotate.NoteRequest) -> None:
        if self.state.marking is None:
            return
        self.desk.drafts.forget(self._scope)
        self.desk.hold.run(
            annotate.write_note, self.desk.workspace, name, request, then=self._saved, failed=self._not_saved,
            ordered=True,
        )  # fmt: skip

    def _sheet(self) -> None:
        """The sheet for what is drawn; the note is written when its fix is sent."""
        found = self._request(send=False)
        if found is None:
            return
        name, request = found
        assert request.mask is not None
        self.desk.fixing.open(
            Target((), request.mask, request.flaw, "this region", request.text, request, name, self._saved)
        )

    def _saved(self, written: annotate.Written) -> None:
        self.state.marking = None
        self.desk.enter(Mode.VIEW)
        self.desk.noting.written(written)

    def _not_saved(self, error: ReviewError) -> None:
        # The regions stay on the screen and in the draft.
        if self.state.marking is not None:
            self.desk.drafts.keep_soon(self._scope, self.state.marking.to_data)
        self.desk.say(line(styled("not saved: ", "$role-void"), text(str(error))), lasting=True)


def parse_grow(value: str) -> int:
    """A typed growth in pixels, with or without a sign; nothing is 0.

    Raises:
        UsageError: no such number, or out of range.
    """
    word = value.strip() or "0"
    digits = word.removeprefix("-").removeprefix("+")
    if not (digits.isascii() and digits.isdigit()) or len(digits) > 9 or int(digits) > MAX_GROW_PX:
        raise UsageError(f"'{value[:40]}' is no growth", f"-{MAX_GROW_PX} to {MAX_GROW_PX} px")
    return int(word)


def _preset_words(preset: NamedPreset) -> str:
    """A line of the list; looking through a picture begins only when its line is taken."""
    hint = f"  ({preset.missing})" if preset.missing else "  (looks for it)" if preset.is_detected else ""
    return f"{preset.name}  {preset.words}{hint}"


def _edge_words(feather_px: int | None, edge_px: int | None, *, is_short: bool = False) -> str:
    """How far the soft edge reaches, and whether it was chosen."""
    if edge_px is None:
        return "too much for one run"
    automatic = " auto" if is_short else " automatic"
    return f"edge +{edge_px} px" + (automatic if feather_px is None else "")


def parse_feather(value: str) -> int | None:
    """A typed feather: a number of pixels, or ``a`` for automatic.

    Raises:
        UsageError: neither, or out of range.
    """
    word = value.strip().lower()
    if word in {"a", "auto", ""}:
        return None
    if not (word.isascii() and word.isdigit()) or int(word) > FEATHER_MAX_PX:
        raise UsageError(f"'{value}' is no feather", f"0 to {FEATHER_MAX_PX} px, or a for automatic")
    return int(word)
