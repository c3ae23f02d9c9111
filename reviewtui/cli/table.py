"""Every command as data: what it takes, what it answers, which function runs it.

Importing this costs next to nothing: the functions are named, not imported.
"""

from dataclasses import dataclass

from reviewtui.cli.option import Option
from reviewtui.cli.verb_options import VERB_OPTIONS
from reviewtui.model.lifecycle import ENGINE_VERBS, Flaw, Tier
from reviewtui.model.strengths import STRENGTHS, parse_strength

IMAGES = ("auto", "kitty", "iterm2", "sixel", "half", "text")
QUEUES = ("compact", "roomy")


@dataclass(frozen=True, slots=True)
class Argument:
    """A positional.

    Attributes:
        shape: ``one``, ``optional`` or ``rest``.
    """

    name: str
    words: str
    shape: str = "one"


@dataclass(frozen=True, slots=True)
class Command:
    """One command.

    Attributes:
        group: heading in the help.
        run: ``module:function`` in this package; called with the arguments and the output.
        words: one line.
        details: paragraph for its own help.
        keys: keys of its JSON objects, in order; empty when it only narrates.
    """

    name: str
    group: str
    run: str
    words: str
    arguments: tuple[Argument, ...] = ()
    options: tuple[Option, ...] = ()
    details: str = ""
    examples: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()

    @property
    def takes_query(self) -> bool:
        """Whether words with a leading dash are filter terms and no options."""
        return any(argument.name == "query" for argument in self.arguments)


HELP = Option("--help", "show this help")
VERSION = Option("--version", "print the version")
COMMON = (
    Option("--json", "one JSON object per line on standard output"),
    Option("--state", "keep the workspace's state in DIR instead of FOLDER/.reviewtui", ("DIR",)),
    Option("--as", "act as this reviewer (advisory; your login is recorded too)", ("LOGIN",)),
)

_FOLDER = Argument("folder", "the folder that holds the pictures")
_ASSET = Argument("asset", "a key as `ls` prints it, key@N for version N, or a file inside the folder")
_QUERY = Argument("query", "words and terms: status:waiting flaw:hand by:ana needs:me -dock", "rest")
_KEY = Option(
    "--key", "any word of yours: the same command with the same key is done once, however often sent", ("KEY",)
)
_QUEUE = Option("--queue", "rows of the queue: a line each, or a small picture and three", ("LOOK",), choices=QUEUES)
_YES = Option("--yes", "send it although a model has been over the place often")
_REGION = (
    Option("--rect", "a region in pixels or percent; repeatable", ("X,Y,W,H",), repeat=True),
    Option("--preset", "a named region, see `reviewtui presets`; repeatable", ("NAME",), repeat=True),
    Option("--mask", "a picture as the mask: white is redone, transparent and black stay", ("FILE",)),
    Option("--mask-scale", "stretch a mask file of another size; else it is refused"),
    Option("--invert", "everything but these regions"),
    Option("--grow", "make the selection wider by so many pixels on every side; below 0 narrower", ("PX",), int),
    Option("--feather", "width of the soft edge; 0 is exactly the region", ("PX",), int),
)
_FLAW = Option("--flaw", f"what is wrong: {', '.join(Flaw)}", ("TAG",), choices=tuple(str(flaw) for flaw in Flaw))
_SEVERITY = Option("--severity", "1 small, 2 normal, 3 must not ship", ("1-3",), int, (1, 2, 3))
_BALLOT = (
    Option("--sha256", "refuse unless the version has exactly these bytes", ("HASH",)),
    Option("--seen", "you know of decisions up to this id and decide all the same", ("ID",), int),
    _KEY,
)
_DECISION_KEYS = ("decision", "asset", "version", "sha256", "verdict", "reviewer")
_JOB_KEYS = ("job", "asset", "state", "attempt", "engine", "tier", "progress", "error_kind", "error")
_ENGINE_KEYS = ("name", "available", "tier", "verbs", "device", "why")

_LOOK = (
    Command(
        "open",
        "Look",
        "desk:open_desk",
        "open the desk on a folder (same as: reviewtui FOLDER)",
        (_FOLDER,),
        (
            Option("--read-only", "look, change nothing"),
            Option("--images", "how pictures are drawn", ("MODE",), choices=IMAGES),
            _QUEUE,
        ),
        details="A folder that is called like a command is opened by its path: reviewtui open ./demo",
        examples=("reviewtui ~/renders", "reviewtui open ./demo --images half"),
    ),
    Command(
        "demo",
        "Look",
        "desk:demo",
        "lay out a fresh copy of the sample workspace and open it",
        (Argument("dir", "new or empty folder; default: a temporary one", "optional"),),
        (
            Option("--no-open", "only print its path"),
            Option("--images", "how pictures are drawn", ("MODE",), choices=IMAGES),
            _QUEUE,
        ),
        examples=("reviewtui demo", "reviewtui demo --no-open ./try"),
        keys=("folder",),
    ),
    Command(
        "scan",
        "Look",
        "listing:scan",
        "register what is new or changed, once",
        (_FOLDER,),
        examples=("reviewtui scan ~/renders",),
        keys=("path", "state", "asset", "version", "sha256", "reason"),
    ),
    Command(
        "ls",
        "Look",
        "listing:ls",
        "list assets",
        (_FOLDER, _QUERY),
        examples=("reviewtui ls ~/renders status:waiting", "reviewtui ls ~/renders needs:me -draft"),
        keys=("asset", "status", "head", "versions", "notes_open", "changes_requested", "path"),
    ),
    Command(
        "show",
        "Look",
        "listing:show",
        "one asset with its versions, notes and decisions",
        (_FOLDER, _ASSET),
        examples=("reviewtui show ~/renders campaign/hero",),
        keys=("asset", "status", "head", "versions", "notes", "decisions"),
    ),
)

_MARK = (
    Command(
        "note",
        "Mark and fix",
        "notes:note",
        "write a note on a version, on a region if you like",
        (_FOLDER, _ASSET, Argument("text", "what is wrong")),
        (
            *_REGION,
            _FLAW,
            _SEVERITY,
            Option("--fix", "ask for the fix of the region in the same transaction"),
            _YES,
            _KEY,
        ),
        examples=(
            "reviewtui note ~/renders hero 'six fingers' --rect 79,603,259,211 --flaw hand",
            "reviewtui note ~/renders hero 'stray logo' --rect 80%,5%,15%,10% --fix",
        ),
        keys=("note", "version", "mask", "job"),
    ),
    Command(
        "notes",
        "Mark and fix",
        "notes:notes",
        "list notes; close, reopen, decline or answer one",
        (_FOLDER, Argument("asset", "only of this asset", "optional")),
        (
            Option("--close", "you looked and it is mended", ("ID",), int),
            Option("--reopen", "it is not mended", ("ID",), int),
            Option("--wont-fix", "it stays as it is; needs --reason", ("ID",), int),
            Option("--reply", "answer in its thread", ("ID", "TEXT")),
            Option("--weigh", "set its severity, 1 to 3", ("ID", "1-3")),
            Option("--tag", "set what is wrong, one of the tags of `note --flaw`", ("ID", "TAG")),
            Option("--export-mask", "write its mask as a grey PNG, 255 = redone, outside the folder", ("ID", "FILE")),
            Option("--reason", "why", ("TEXT",)),
        ),
        examples=("reviewtui notes ~/renders", "reviewtui notes ~/renders --close 3"),
        keys=("note", "asset", "version", "state", "flaw", "severity", "author", "text", "rect", "job"),
    ),
    Command(
        "fix",
        "Mark and fix",
        "fixes:fix",
        "have a region redone",
        (_FOLDER, _ASSET),
        (
            Option(
                "--note", "the region of this note; several are fixed on each other's results", ("ID",), int, (), True
            ),
            *_REGION,
            _FLAW,
            Option("--prompt", "what should be there, for engines that read it; a|b|c tries three", ("TEXT",)),
            Option(
                "--verb",
                "what the fix does; default: remove",
                ("VERB",),
                choices=tuple(str(verb) for verb in ENGINE_VERBS),
            ),
            Option("--engine", "see `reviewtui engines`", ("NAME",)),
            Option("--tier", "quick or best", ("TIER",), choices=tuple(str(tier) for tier in Tier)),
            Option(
                "--strength",
                f"how much a model may change: {', '.join(STRENGTHS)}, or 0 to 1",
                ("SHARE",),
                parse_strength,
            ),
            Option("--negative-prompt", "what should not be there, for models that read it", ("TEXT",)),
            Option("--steps", "steps of the schedule, for models", ("N",), int),
            Option("--guidance", "how closely a model follows the prompt; default: its own", ("X",), float),
            *VERB_OPTIONS,
            Option(
                "--real-text", "remove what is there, then set what stands in quotes in --prompt as real text on it"
            ),
            Option("--anew", "overlay: set the text of --note anew, on what it was laid on; only what is said changes"),
            Option("--seed", "the same seed gives the same pixels", ("N",), int),
            Option("--candidates", "how many results to choose from", ("N",), int),
            Option("--suggest", "verb, engine and strength that were accepted here for this flaw, where not said"),
            Option("--dry-run", "only say what would be sampled, how long it takes and what it costs"),
            Option("--wait", "wait for the result, starting a worker when none runs"),
            _YES,
            _KEY,
        ),
        details="Without --note it writes its note itself, from --prompt or the verb. Pixels outside the soft edge\n"
        "stay bit-identical; that is checked after every fix and the proof is stored. remove, recolor, outpaint,\n"
        "upscale and overlay need no model. recolor without a region is about the whole picture; background keeps\n"
        "the region and redoes the rest; outpaint keeps every original pixel inside the new frame. A bar in a\n"
        "prompt parts wordings that are tried beside each other; \\| is a bar that is meant.",
        examples=(
            "reviewtui fix ~/renders hero --rect 79,603,259,211 --wait",
            "reviewtui fix ~/renders hero --note 3 --candidates 3",
            "reviewtui fix ~/renders hero --verb outpaint --ratio 16:9 --anchor left --wait",
            "reviewtui fix ~/renders hero --verb recolor --rect 40%,20%,30%,50% --to '#3366aa' --wait",
            "reviewtui fix ~/renders hero --verb overlay --text 'NEW IN SPRING' --size 6% --at 50%,92% --anchor bottom",
            'reviewtui fix ~/renders hero --preset face --verb fix --engine diffusers:sdxl --prompt "a calm face"',
        ),
        keys=("job", "state", "versions", "metrics"),
    ),
    Command(
        "finish",
        "Mark and fix",
        "fixes:finish",
        "make the final of a draft: same mask, prompt and seed, better engine",
        (_FOLDER, Argument("asset", "key@N of the draft; the head when no version is named")),
        (
            Option("--engine", "instead of the setting fix.final_engine or the best that is here", ("NAME",)),
            Option("--wait", "wait for the result, starting a worker when none runs"),
            _KEY,
        ),
        examples=("reviewtui finish ~/renders hero@4 --engine diffusers:sdxl --wait",),
        keys=("job", "state", "versions", "metrics"),
    ),
    Command(
        "feather",
        "Mark and fix",
        "fixes:feather",
        "another soft edge for a fix that is there, from the pixels that were kept",
        (_FOLDER, Argument("asset", "key@N of the fix; the head when no version is named"), Argument("px", "or auto")),
        (
            Option("--wait", "wait for the result, starting a worker when none runs"),
            _KEY,
        ),
        details="Nothing is sampled again: the engine's answer is laid on the parent once more, as a new version.",
        examples=("reviewtui feather ~/renders hero@4 12 --wait", "reviewtui feather ~/renders hero@4 0"),
        keys=("job", "state", "versions", "metrics"),
    ),
    Command(
        "pick",
        "Mark and fix",
        "decisions:pick",
        "make a version the head, the one under review",
        (_FOLDER, Argument("asset", "key@N")),
        (_KEY,),
        examples=("reviewtui pick ~/renders hero@3",),
        keys=("asset", "head"),
    ),
    Command(
        "lock",
        "Mark and fix",
        "versions:lock",
        "lock a region: no later fix may change it",
        (_FOLDER, _ASSET),
        (
            *_REGION,
            Option("--list", "what is locked; of one version with key@N"),
            Option("--remove", "lift this lock; it stays on record", ("ID",), int),
            Option("--reason", "why", ("TEXT",)),
            _KEY,
        ),
        details="Locked pixels are cut out of every later paste and compared with the parent after every fix.",
        examples=(
            "reviewtui lock ~/renders hero --rect 79,603,259,211 --reason 'approved product shot'",
            "reviewtui lock ~/renders hero --list",
        ),
        keys=("lock",),
    ),
    Command(
        "rebase",
        "Mark and fix",
        "versions:rebase",
        "drop some edits of a version, keep the others",
        (_FOLDER, _ASSET),
        (
            Option("--drop", "number of the version whose edit goes; repeatable", ("N",), int, repeat=True),
            Option("--again", "run again what was laid on a dropped edit, one after the other"),
            Option("--wait", "wait for the result, starting a worker when none runs"),
            _KEY,
        ),
        details="Put together again from the original pixels, nothing is sampled. An edit that was laid on a dropped\n"
        "one is refused: drop it as well, or --again: it is run as a job of its own on what is left, with its own\n"
        "mask, prompt, engine, seed and parameters. The head moves once, when all of them are done.",
        examples=(
            "reviewtui rebase ~/renders hero --drop 3 --wait",
            "reviewtui rebase ~/renders hero --drop 2 --again --wait",
        ),
        keys=("job", "state", "versions", "metrics"),
    ),
    Command(
        "cherry-pick",
        "Mark and fix",
        "versions:cherry_pick",
        "lay the edit that made one version on another one",
        (_FOLDER, Argument("asset", "key@N: the version whose edit is taken")),
        (
            Option("--onto", "number of the version that it is laid on", ("N",), int),
            Option("--wait", "wait for the result, starting a worker when none runs"),
            _KEY,
        ),
        examples=("reviewtui cherry-pick ~/renders hero@5 --onto 3 --wait",),
        keys=("job", "state", "versions", "metrics"),
    ),
)

_DECIDE = (
    Command(
        "approve",
        "Decide",
        "decisions:approve",
        "approve the exact bytes of the head",
        (_FOLDER, _ASSET),
        (
            Option("--reason", "words for the record", ("TEXT",)),
            Option("--with-changes", "approved, with small changes to be made; needs --reason"),
            *_BALLOT,
        ),
        details="The bytes are hashed again on disk. The chain head that is printed proves the history later:\n"
        "write it down, and check it with: reviewtui verify FOLDER --head HASH",
        examples=("reviewtui approve ~/renders hero", "reviewtui approve ~/renders hero@2 --sha256 9f86d0…"),
        keys=_DECISION_KEYS,
    ),
    Command(
        "request-changes",
        "Decide",
        "decisions:request_changes",
        "ask for changes on the head; needs --reason",
        (_FOLDER, _ASSET),
        (Option("--reason", "what has to change", ("TEXT",)), *_BALLOT),
        examples=("reviewtui request-changes ~/renders hero --reason 'the shadow falls twice'",),
        keys=_DECISION_KEYS,
    ),
    Command(
        "reject",
        "Decide",
        "decisions:reject",
        "reject the head; needs --reason",
        (_FOLDER, _ASSET),
        (Option("--reason", "why", ("TEXT",)), *_BALLOT),
        examples=("reviewtui reject ~/renders hero --reason 'wrong product'",),
        keys=_DECISION_KEYS,
    ),
    Command(
        "undo",
        "Decide",
        "decisions:undo",
        "take back your last act, by a new entry, never by erasing",
        (_FOLDER,),
        (
            Option("--reason", "why", ("TEXT",)),
            Option("--decision", "instead: your decision on this asset's head, however long ago", ("ASSET",)),
        ),
        examples=("reviewtui undo ~/renders", "reviewtui undo ~/renders --decision hero"),
        keys=("undone",),
    ),
    Command(
        "hold",
        "Decide",
        "decisions:put_on_hold",
        "put an asset on hold: nobody is asked about it",
        (_FOLDER, _ASSET),
        examples=("reviewtui hold ~/renders hero",),
        keys=("asset", "status"),
    ),
    Command(
        "omit",
        "Decide",
        "decisions:omit",
        "leave an asset out of the project; its history stays",
        (_FOLDER, _ASSET),
        examples=("reviewtui omit ~/renders hero",),
        keys=("asset", "status"),
    ),
    Command(
        "release",
        "Decide",
        "decisions:release",
        "take an asset off hold, or back into the project",
        (_FOLDER, _ASSET),
        examples=("reviewtui release ~/renders hero",),
        keys=("asset", "status"),
    ),
)

_JOBS = (
    Command(
        "jobs",
        "Jobs",
        "jobs:jobs",
        "queue and history of fixes",
        (_FOLDER, Argument("id", "only this job", "optional")),
        examples=("reviewtui jobs ~/renders",),
        keys=_JOB_KEYS,
    ),
    Command(
        "cancel",
        "Jobs",
        "jobs:cancel",
        "ask a job to stop",
        (_FOLDER, Argument("job", "its id")),
        examples=("reviewtui cancel ~/renders 7",),
        keys=("job", "state"),
    ),
    Command(
        "retry",
        "Jobs",
        "jobs:retry",
        "queue a failed or cancelled job again",
        (_FOLDER, Argument("job", "its id")),
        examples=("reviewtui retry ~/renders 7",),
        keys=("job", "state"),
    ),
    Command(
        "worker",
        "Jobs",
        "jobs:worker",
        "run jobs and watch the folder until stopped",
        (_FOLDER,),
        (Option("--once", "end when the queue is empty"),),
        details="Desks and waiting commands start one by themselves; it ends when nobody needs it (worker.idle_s).",
        examples=("reviewtui worker ~/renders --once",),
    ),
)

_PROVE = (
    Command(
        "again",
        "Prove and hand on",
        "versions:again",
        "run the job behind a version once more, compare the bytes",
        (_FOLDER, Argument("asset", "key@N: a version that a job made; the head without @N")),
        details="Exit 1 when they differ. Nothing is landed or moved; the engine starts in a fresh process, with\n"
        "nothing cached.",
        examples=("reviewtui again ~/renders hero@3",),
        keys=("job", "identical"),
    ),
    Command(
        "why",
        "Prove and hand on",
        "proof:why",
        "the chain note - mask - job - candidates - decision - bytes of an asset",
        (_FOLDER, _ASSET),
        examples=("reviewtui why ~/renders hero",),
        keys=("asset", "status", "head", "versions", "notes", "jobs", "decisions", "deliveries"),
    ),
    Command(
        "log",
        "Prove and hand on",
        "proof:log",
        "every event, oldest first, each bound to the one before by its hash",
        (_FOLDER, Argument("asset", "only of this asset", "optional")),
        examples=("reviewtui log ~/renders --json > history.jsonl",),
        keys=("seq", "at", "actor", "kind", "subject", "payload", "prev_hash", "hash"),
    ),
    Command(
        "verify",
        "Prove and hand on",
        "proof:verify",
        "check history, decisions, bytes and every fix; exit 1 on any difference",
        (_FOLDER,),
        (Option("--head", "a chain head written down earlier must be part of the history", ("HASH",)),),
        examples=("reviewtui verify ~/renders", "reviewtui verify ~/renders --head 3b1f…"),
        keys=("check", "ok", "detail"),
    ),
    Command(
        "deliver",
        "Prove and hand on",
        "proof:deliver",
        "approved bytes with manifest and checksums into a new folder",
        (_FOLDER, Argument("out", "new or empty folder outside the workspace's state"), _QUERY),
        details="All or nothing. Bytes are never rewritten; check them anywhere with: sha256sum -c SHA256SUMS",
        examples=("reviewtui deliver ~/renders ~/handover", "reviewtui deliver ~/renders ~/handover campaign/"),
        keys=("delivery", "files", "manifest_sha256"),
    ),
)

_SYSTEM = (
    Command(
        "engines",
        "This machine",
        "system:engines",
        "what can make pixels here, and how to get the rest",
        (
            Argument("action", "add: make a model known as diffusers:NAME", "optional"),
            Argument("name", "of the new model", "optional"),
            Argument("source", "folder in diffusers' layout, or ORG/MODEL on the hub", "optional"),
        ),
        (
            Option("--download", "get a hub model that is not on this machine; never done without this"),
            Option("--rev", "of a hub model: branch, tag or commit", ("REV",)),
        ),
        details="Models are kept in engines.toml beside your settings; device, dtype, offload, attention, vae_tiling,\n"
        "compile, batch, side_px and lora of a model are set there. Weights must be .safetensors; code that a\n"
        "model brings is never run.",
        examples=("reviewtui engines", "reviewtui engines add sdxl ~/models/sdxl-inpaint"),
        keys=_ENGINE_KEYS,
    ),
    Command(
        "presets",
        "This machine",
        "presets:presets",
        "named regions for --preset; keep one of your own under a name",
        (Argument("folder", "also those that people saved in this workspace", "optional"),),
        (
            Option("--save", "keep a mask under this name, for pictures of any size", ("NAME",)),
            Option("--from-note", "the mask of this note", ("ID",), int),
            Option("--rect", "or a region in percent; repeatable", ("X,Y,W,H",), repeat=True),
            Option("--invert", "everything but these regions"),
            Option("--remove", "forget a saved one; masks that were made with it stay", ("NAME",)),
        ),
        examples=(
            "reviewtui presets",
            "reviewtui presets ~/renders --save watermark --rect 80%,90%,20%,10%",
            "reviewtui presets ~/renders --save hand --from-note 3",
        ),
        keys=_ENGINE_KEYS,
    ),
    Command(
        "doctor",
        "This machine",
        "system:doctor",
        "ten checks, each with its remedy",
        (Argument("folder", "also look at this workspace", "optional"),),
        examples=("reviewtui doctor", "reviewtui doctor ~/renders"),
        keys=("check", "ok", "detail", "remedy"),
    ),
)

COMMANDS: dict[str, Command] = {
    command.name: command for command in (*_LOOK, *_MARK, *_DECIDE, *_JOBS, *_PROVE, *_SYSTEM)
}
