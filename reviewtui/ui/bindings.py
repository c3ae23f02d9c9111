"""The keys of the desk as a table. Data only: ids name the actions in ``reviewtui.ui.actions``."""

from reviewtui.ui.keymap import Binding
from reviewtui.ui.modes import Mode

_B, _V, _M, _N, _C, _P = Mode.BROWSE, Mode.VIEW, Mode.MARK, Mode.NOTES, Mode.COMPARE, Mode.PANEL
_R, _S, _X = Mode.PROBE, Mode.SHEET, Mode.FIX
_DESK = (_B, _V, _N, _C)


def _row(name: str, keys: str, modes: tuple[Mode, ...], label: str, words: str, rank: int = 0) -> Binding:
    # Keys are separated by two spaces, the keys of a sequence by one.
    return Binding(name, tuple(keys.split("  ")), frozenset(modes), label, words, rank)


_ASSETS = (
    _row("queue.next", "j  down", (_B,), "next", "next asset; a number before it repeats", 60),
    _row("queue.previous", "k  up", (_B,), "previous", "previous asset"),
    _row("queue.step_next", "j", (_V,), "next", "next asset"),
    _row("queue.step_previous", "k", (_V,), "previous", "previous asset"),
    _row("queue.needs_next", "]", (_B, _V, _N, _S), "next for me", "next asset that needs you", 20),
    _row("queue.needs_previous", "[", (_B, _V, _N, _S), "previous for me", "previous asset that needs you"),
    _row("queue.first", "g g  home", (_B, _V, _S), "first", "first asset"),
    _row("queue.last", "G  end", (_B, _V, _S), "last", "last asset"),
    _row("queue.page_down", "ctrl+d  pagedown", (_B, _V), "page down", "half a page down"),
    _row("queue.page_up", "ctrl+u  pageup", (_B, _V), "page up", "half a page up"),
    _row("queue.approved_next", "g a", (_B, _V), "next approved", "next approved asset"),
    _row(
        "queue.filter", "/", (_B, _V, _S), "filter", "filter as you type: words, status:, flaw:, by:, -word, [wfv]", 50
    ),
    _row("queue.order_name", "o n", (_B,), "by name", "order by name"),
    _row("queue.order_age", "o a", (_B,), "by age", "order by the newest event"),
    _row("queue.order_retakes", "o r", (_B,), "by retakes", "order by the number of refusals"),
    _row("queue.order_waiting", "o w", (_B,), "by waiting", "what waits longest for you first"),
    _row("queue.rows", "L", (_B,), "rows", "rows of the queue: one line each, or a small picture and three", 66),
    _row("queue.open", "enter  l  right", (_B,), "look", "look at the picture: VIEW", 10),
)

_VERSIONS = (
    _row("version.next", "J", (_B, _V, _N), "newer version", "next version of this asset", 62),
    _row("version.previous", "K", (_B, _V, _N), "older version", "previous version of this asset"),
    _row("version.latest", "g l", (_B, _V), "latest", "latest version"),
    _row("version.head", "g h", (_B, _V), "head", "the head: the version under review"),
    _row("version.parent", "g p", (_B, _V), "parent", "version that this one was made from"),
    _row("version.root", "g r", (_B, _V), "root", "version that everything began with"),
    _row("version.revert", "U", (_V,), "revert", "make the parent, or the version on screen, the head again"),
    _row("version.pick", "y", (_V,), "make it head", "make the version on screen the head"),
)

_VIEW = (
    _row("zoom.fit", "f", (_V, _C, _R), "fit", "the whole picture"),
    *(_row(f"zoom.{n}", str(n), (_V, _R), f"{n}:1", f"zoom {n}:1") for n in range(1, 9)),
    _row("zoom.in", "+", (_V, _C, _R), "nearer", "zoom one step nearer"),
    _row("zoom.out", "-", (_V, _C, _R), "farther", "zoom one step farther"),
    _row("pan.left", "h  left", (_V, _C), "left", "move to the left when zoomed in"),
    _row("pan.right", "l  right", (_V, _C), "right", "move to the right when zoomed in"),
    _row("pan.up", "up", (_V, _C), "up", "move up; previous asset when the whole picture shows"),
    _row("pan.down", "down", (_V, _C), "down", "move down; next asset when the whole picture shows"),
    _row("pan.far_left", "shift+left", (_V, _C), "far left", "move far to the left"),
    _row("pan.far_right", "shift+right", (_V, _C), "far right", "move far to the right"),
    _row("pan.far_up", "shift+up", (_V, _C), "far up", "move far up"),
    _row("pan.far_down", "shift+down", (_V, _C), "far down", "move far down"),
    _row("view.surround", "b", (_B, _V, _C), "grey", "grey around the picture: dark, mid, light"),
    _row("view.channel_red", "e r", (_V, _C), "red", "only the red channel"),
    _row("view.channel_green", "e g", (_V, _C), "green", "only the green channel"),
    _row("view.channel_blue", "e b", (_V, _C), "blue", "only the blue channel"),
    _row("view.channel_alpha", "e a", (_V, _C), "alpha", "only the alpha channel: white is opaque"),
    _row("view.channel_luma", "e l", (_V, _C), "luma", "only the luma"),
    _row("view.channel_all", "e c", (_V, _C), "colour", "all channels again"),
    _row("view.exposure_up", "e +", (_V, _C), "brighter", "half a stop brighter"),
    _row("view.exposure_down", "e -", (_V, _C), "darker", "half a stop darker"),
    _row("view.neutral", "e 0", (_V, _C), "as it is", "all channels and no exposure: the picture as it is"),
    _row("view.probe", "P", (_V,), "probe", "read single pixels, beside those of the parent"),
    _row("note.next", ".", (_V,), "next note", "next note; the picture goes to its region"),
    _row("note.previous", ",", (_V,), "previous note", "previous note"),
    _row("view.inspect", "i", (_B, _V), "info", "size, bytes, prompt, seed, parents, jobs, proof"),
    _row("view.pin", "p", (_V,), "pin", "pin this version as the champion for COMPARE"),
    _row("compare.open", "C", (_B, _V), "compare", "flip against the pinned version, else against the parent", 46),
    _row("mark.open", "d", (_V,), "mark", "mark a region", 40),
    _row("note.write", ";  c", (_V,), "note", "write a note on the whole version", 42),
    _row("note.tag", "t", (_V, _N), "flaw", "flaw tag of the note in focus"),
    _row("note.verb", "V", (_V, _N), "verb", "another fix: recolor, text, outpaint, upscale …; a line says how"),
    _row("note.fix", "S", (_V, _N), "fix", "the fix of the note in focus as a sheet: look, change, Enter sends", 41),
    _row("view.finish", "E", (_V,), "final", "make the final of this draft: same mask, prompt and seed, better engine"),
    _row("view.feather", "w", (_V,), "edge", "another soft edge for this fix, from the pixels that were kept"),
    _row("notes.open", "B", (_B, _V), "notes", "notes pane", 44),
    _row("queue.skip", "s", (_V,), "skip", "leave it undecided and go to the next that needs you"),
)

_DECIDE = (
    _row("decide.approve", "a", (_V, _C), "approve", "approve the bytes on screen", 30),
    _row("decide.with_changes", "A", (_V, _C), "with changes", "approve with changes; asks for them", 34),
    _row("decide.request", "r", (_V, _C), "changes", "request changes; asks what", 32),
    _row("decide.reject", "x", (_V, _C), "reject", "reject; asks for the reason", 33),
    _row("decide.take_back", "backspace", (_V, _C), "take back", "take back your decision on the head, with a reason"),
)

_MARK = (
    _row("mark.left", "h  left", (_M,), "left", "move the corner one step"),
    _row("mark.right", "l  right", (_M,), "right", "move the corner one step"),
    _row("mark.up", "k  up", (_M,), "up", "move the corner one step"),
    _row("mark.down", "j  down", (_M,), "move", "move the corner one step", 10),
    _row("mark.far_left", "H  shift+left", (_M,), "far left", "move the corner ten steps"),
    _row("mark.far_right", "shift+right", (_M,), "far right", "move the corner ten steps"),
    _row("mark.far_up", "K  shift+up", (_M,), "far up", "move the corner ten steps"),
    _row("mark.far_down", "J  shift+down", (_M,), "move ×10", "move the corner ten steps", 12),
    _row("mark.set", "space", (_M,), "set corner", "set this corner and go to the other; again: region done", 14),
    _row("mark.other", "o", (_M,), "other corner", "go to the opposite corner"),
    _row("mark.step", "#", (_M,), "step", "step of one cell, 8 px or 1 px"),
    _row("mark.new", "n", (_M,), "new region", "another region in the same mask", 40),
    _row("mark.delete", "D", (_M,), "delete", "delete this region (z brings it back)"),
    _row("mark.next", "tab", (_M,), "next region", "next region"),
    _row("mark.grow", "+", (_M,), "grow", "grow the region by one step"),
    _row("mark.shrink", "-", (_M,), "shrink", "shrink the region by one step"),
    _row("mark.type", "=", (_M,), "type", "type X,Y,W,H in pixels or percent"),
    _row("mark.preset", "p", (_M,), "preset", "a preset mask: halves, thirds, quarters, edges, last mask …", 30),
    _row(
        "mark.suggested",
        "y",
        (_M,),
        "take suggested",
        "mark what the flaw suggests, drawn dashed; z brings yours back",
        21,
    ),
    _row("mark.invert", "i", (_M,), "invert", "repaint everything but the regions"),
    _row("mark.feather", "f", (_M,), "feather", "feather: a number, 0 = exactly the region, a = automatic"),
    _row("mark.widen", "g", (_M,), "widen", "widen the selection by so many pixels; below 0 narrower"),
    _row("mark.file", "m", (_M,), "mask file", "take a picture as the mask: white is redone"),
    _row("mark.keep", "w", (_M,), "keep preset", "keep this mask as a preset, for pictures of any size"),
    _row("mark.tag", "t", (_M,), "flaw", "what is wrong there", 20),
    _row("mark.severity", "s", (_M,), "severity", "severity 1, 2, 3"),
    _row("mark.lock", "L", (_M,), "lock", "keep the regions as a lock: no later fix may change them", 26),
    _row("mark.note", ";  enter", (_M,), "note", "write the note; Enter saves regions and note together", 24),
    _row("mark.send", "S", (_M,), "send fix", "save and send the fix at once", 22),
    _row("mark.sheet", "e", (_M,), "sheet", "the fix as a sheet: look, change, Enter sends", 23),
    _row("mark.verb", "v", (_M,), "verb", "another fix of the regions: recolor, text …; a line says how"),
    _row("mark.undo", "z  u", (_M,), "bring back", "bring back what was deleted or moved last"),
    _row("mark.close", "escape  q", (_M,), "leave", "leave; the regions stay as a draft", 70),
)

_NOTES = (
    _row("notes.next", "j  down", (_N,), "next", "next note; the picture goes to its region", 10),
    _row("notes.previous", "k  up", (_N,), "previous", "previous note"),
    _row("notes.reply", ";", (_N,), "reply", "answer in the thread", 20),
    _row("notes.close_note", "c", (_N,), "close", "it is fixed, I looked", 14),
    _row("notes.reopen", "o", (_N,), "reopen", "open it again", 16),
    _row("notes.wont_fix", "w", (_N,), "won't fix", "it stays as it is; asks why", 18),
    *(_row(f"notes.severity_{n}", str(n), (_N,), f"severity {n}", f"severity {n} of 3") for n in (1, 2, 3)),
    _row("notes.compare", "C", (_N,), "before/after", "flip the region before and after its fix", 24),
    _row(
        "notes.choose", "space", (_N,), "choose", "choose this note too: S fixes all chosen ones, one after the other"
    ),
    _row("notes.close", "escape  q  B", (_N,), "leave", "back to the picture", 70),
)

_FIX = (
    _row("fix.next", "j  down", (_X,), "next", "next field", 10),
    _row("fix.previous", "k  up", (_X,), "previous", "previous field"),
    _row("fix.more", "l  right", (_X,), "change", "next or larger value", 12),
    _row("fix.less", "h  left", (_X,), "change back", "previous or smaller value"),
    _row("fix.type", "=  ;", (_X,), "type", "type the value; nothing takes the default", 14),
    _row("fix.reset", "0", (_X,), "default", "this field at its default", 16),
    _row("fix.send", "enter  S", (_X,), "send", "send the fix", 18),
    _row("fix.letters", "t", (_X,), "real text", "a clean plate, then what stands in quotes as real text on it", 17),
    _row("fix.close", "escape  q", (_X,), "leave", "leave; nothing is sent", 70),
)

_COMPARE = (
    _row("compare.flip", "space", (_C,), "flip", "flip A/B in place; from pane to pane where there are several", 10),
    _row("compare.next", "j", (_C,), "next", "next challenger; the champion stays"),
    _row("compare.previous", "k", (_C,), "previous", "previous challenger"),
    *(_row(f"compare.{n}", str(n), (_C,), f"v{n}", f"show version {n} in the B place") for n in range(1, 10)),
    _row("compare.wipe", "w", (_C,), "wipe", "wipe: A at the left of an edge, B at its right", 36),
    _row("compare.edge_left", "[", (_C,), "edge left", "move the edge of the wipe to the left"),
    _row("compare.edge_right", "]", (_C,), "edge", "move the edge of the wipe to the right", 11),
    _row("compare.difference", "d", (_C,), "difference", "difference; counts every changed pixel", 37),
    _row("compare.gain_down", "<", (_C,), "less gain", "halve the gain of the difference"),
    _row("compare.gain_up", ">", (_C,), "gain", "double the gain of the difference, up to 16", 12),
    _row("compare.overlay", "o", (_C,), "overlay", "B over A: 50, 75, 100, 0, 25 %", 38),
    _row("compare.pair", "s", (_C,), "side by side", "side by side", 35),
    _row("compare.grid", "g", (_C,), "grid", "grid of up to nine versions, newest first", 39),
    _row("compare.lock", "Y", (_C,), "lock", "lock or unlock zoom and place of all panes", 13),
    _row("compare.frame_next", "tab", (_C,), "frame", "frame the next pane: decisions are about it"),
    _row("compare.frame_previous", "shift+tab", (_C,), "frame back", "frame the previous pane"),
    _row("compare.pick", "y", (_C,), "make B head", "make B, or the framed pane of a grid, the head (pick)", 40),
    _row(
        "compare.champion", "p", (_C,), "B champion", "make B, or the framed pane of a grid, the champion; A is out", 42
    ),
    _row("compare.stay", "n", (_C,), "A stays", "among candidates: A stays, B is out", 43),
    _row("compare.area_next", ".", (_C,), "next change", "next changed area, largest first", 20),
    _row("compare.area_previous", ",", (_C,), "previous change", "previous changed area"),
    _row("compare.back", "escape", (_C,), "back", "back to flipping, then to the picture", 70),
    _row("compare.close", "q", (_C,), "leave", "back to the picture"),
)

_PROBE = (
    _row("probe.left", "h  left", (_R,), "left", "one cell to the left"),
    _row("probe.right", "l  right", (_R,), "right", "one cell to the right"),
    _row("probe.up", "k  up", (_R,), "up", "one cell up"),
    _row("probe.down", "j  down", (_R,), "move", "one cell down; zoomed in that is one pixel", 10),
    _row("probe.far_left", "H  shift+left", (_R,), "far left", "ten cells to the left"),
    _row("probe.far_right", "L  shift+right", (_R,), "far right", "ten cells to the right"),
    _row("probe.far_up", "K  shift+up", (_R,), "far up", "ten cells up"),
    _row("probe.far_down", "J  shift+down", (_R,), "move ×10", "ten cells down", 12),
    _row("probe.close", "escape  q  P", (_R,), "leave", "back to the picture", 70),
)

_SHEET = (
    _row("sheet.open", "T", (_B,), "sheet", "contact sheet: the queue as small pictures", 64),
    _row("sheet.look", "enter", (_S,), "look", "look at the picture: VIEW", 10),
    _row("sheet.left", "h  left", (_S,), "left", "one picture to the left; a number before it repeats"),
    _row("sheet.right", "l  right", (_S,), "right", "one picture to the right", 12),
    _row("sheet.up", "k  up", (_S,), "up", "one row up"),
    _row("sheet.down", "j  down", (_S,), "down", "one row down", 14),
    _row("sheet.page_down", "ctrl+d  pagedown", (_S,), "page down", "a screen down"),
    _row("sheet.page_up", "ctrl+u  pageup", (_S,), "page up", "a screen up"),
    _row("sheet.larger", "+", (_S,), "larger", "larger pictures", 16),
    _row("sheet.smaller", "-", (_S,), "smaller", "smaller pictures, more of them"),
    _row("sheet.close", "T  escape  q", (_S,), "list", "back to the list", 70),
)

_PANEL = (
    _row("panel.next", "j  down", (_P,), "down", "one row down", 10),
    _row("panel.previous", "k  up", (_P,), "up", "one row up", 11),
    _row("panel.page_down", "ctrl+d  pagedown  space", (_P,), "page down", "half a page down"),
    _row("panel.page_up", "ctrl+u  pageup", (_P,), "page up", "half a page up"),
    _row("panel.first", "g g  home", (_P,), "first", "first row"),
    _row("panel.last", "G  end", (_P,), "last", "last row"),
    _row("panel.open", "enter", (_P,), "go there", "go to the asset of this row", 12),
    _row("panel.cancel_job", "c", (_P,), "cancel job", "cancel the job of this row", 14),
    _row("panel.retry_job", "r", (_P,), "retry job", "try the failed job of this row again", 15),
    _row("panel.close", "escape  q  ?  W", (_P,), "close", "close the panel", 70),
)

_GLOBAL = (
    _row("desk.help", "?", (*_DESK, _M, _R, _S, _X), "keys", "keys alive here and now", 90),
    _row("desk.command", ":", (*_DESK, _S), "command", "command line with completion; :12 goes to item 12", 80),
    _row("desk.palette", "ctrl+p", (*_DESK, _S), "commands", "every command in a list, fewer with each letter typed"),
    _row("desk.undo", "z  u", _DESK, "undo", "take back my last act; a line says what", 72),
    _row("desk.jobs", "W", _DESK, "jobs", "jobs: queued, running, landed, failed", 76),
    _row("desk.events", "@", (*_DESK, _P), "history", "events of this asset; again: of the workspace"),
    _row("desk.rescan", "R", _DESK, "rescan", "read the folder again", 0),
    _row("desk.layout", "F", (*_DESK, _M), "theatre", "layout: normal, theatre, picture alone"),
    _row("desk.overlay", "H", _DESK, "overlay", "show or hide the regions on the picture"),
    _row("desk.next_pane", "tab", (_B, _V, _N), "pane", "next pane: queue, picture, notes"),
    _row("desk.previous_pane", "shift+tab", (_B, _V, _N), "pane back", "previous pane"),
    _row("desk.back", "escape", (_B, _V), "back", "one level out; never decides, never quits"),
    _row("desk.quit", "q", (_B,), "quit", "leave the desk; drafts and jobs stay", 95),
    _row("desk.leave", "q", (_V,), "queue", "back to the queue"),
)

BINDINGS: tuple[Binding, ...] = (
    *_DECIDE, *_MARK, *_NOTES, *_FIX, *_COMPARE, *_PROBE, *_SHEET, *_PANEL, *_VIEW, *_VERSIONS, *_ASSETS, *_GLOBAL,
)  # fmt: skip
