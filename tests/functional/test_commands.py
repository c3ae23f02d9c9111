"""Every command as a script would use it: exit code, JSON keys, words."""

from __future__ import annotations

import hashlib
import json
import subprocess
from pathlib import Path

import pytest

from reviewtui.cli.table import COMMANDS
from tests.support.commands import command, data
from tests.support.reviewed import add_fix, copy_of, make_scanned, reopen

# As the contract of the command line has them; more may follow, none may go.
KEYS = {
    "demo": "folder",
    "scan": "path state asset version sha256 reason",
    "ls": "asset status head versions notes_open changes_requested path",
    "show": "asset status head versions notes decisions",
    "note": "note version mask job",
    "notes": "note asset version state flaw severity author text rect job",
    "fix": "job state versions metrics",
    "pick": "asset head",
    "lock": "lock",
    "rebase": "job state versions metrics",
    "cherry-pick": "job state versions metrics",
    "again": "job identical",
    "approve": "decision asset version sha256 verdict reviewer",
    "request-changes": "decision asset version sha256 verdict reviewer",
    "reject": "decision asset version sha256 verdict reviewer",
    "undo": "undone",
    "hold": "asset status",
    "omit": "asset status",
    "release": "asset status",
    "jobs": "job asset state attempt engine tier progress error_kind error",
    "cancel": "job state",
    "retry": "job state",
    "log": "seq at actor kind subject payload prev_hash hash",
    "verify": "check ok detail",
    "deliver": "delivery files manifest_sha256",
    "engines": "name available tier verbs device why",
    "presets": "name available tier verbs device why",
    "finish": "job state versions metrics",
    "feather": "job state versions metrics",
    "doctor": "check ok detail remedy",
}
VERSION_KEYS = "number sha256 width height parent op engine seed path changed_box alpha_path metrics"
METRICS = (
    "outside_changed_px outside_max_delta locks_ok seam grain_ratio color_error passes megapixels_sampled seconds cost"
)


@pytest.fixture(scope="module")
def scanned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_scanned(tmp_path_factory.mktemp("scanned"))


@pytest.fixture(scope="module")
def fixed(scanned: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = copy_of(scanned, tmp_path_factory.mktemp("fixed"))
    workspace = reopen(folder)
    add_fix(workspace)
    workspace.close()
    return folder


@pytest.fixture(autouse=True)
def never_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REVIEWTUI_SCAN_SETTLE_S", "0")
    monkeypatch.setenv("REVIEWTUI_WORKER_IDLE_S", "0")


@pytest.fixture
def folder(scanned: Path, tmp_path: Path) -> Path:
    return copy_of(scanned, tmp_path)


@pytest.fixture
def fixed_folder(fixed: Path, tmp_path: Path) -> Path:
    return copy_of(fixed, tmp_path)


def starts_with_keys(record: dict[str, object], keys: str) -> bool:
    return list(record)[: len(keys.split())] == keys.split()


def test_table__json_keys__are_those_of_the_contract() -> None:
    told = {name: " ".join(c.keys) for name, c in COMMANDS.items() if c.keys and name != "why"}
    assert told == KEYS
    assert set(COMMANDS) - set(KEYS) == {"open", "why", "worker"}


# --- look


def test_scan__new_pictures__told_once_with_hash_and_absolute_path(sample_workspace: Path) -> None:
    found = data("scan", sample_workspace)
    assert all(starts_with_keys(record, KEYS["scan"]) for record in found)
    for record in found:
        assert record["state"] == "present"
        assert hashlib.sha256(Path(record["path"]).read_bytes()).hexdigest() == record["sha256"]
    assert data("scan", sample_workspace) == []
    again = command("scan", sample_workspace)
    assert (again.code, again.out, again.err) == (0, "", "nothing new\n")


def test_ls__every_asset__one_line_with_readable_path(folder: Path) -> None:
    listed = data("ls", folder)
    assert [record["asset"] for record in listed] == ["[/nope]", "hero", "sub/cat"]
    hero = listed[1]
    assert starts_with_keys(hero, KEYS["ls"])
    assert (hero["status"], hero["head"], hero["versions"], hero["notes_open"]) == ("waiting", 2, 2, 0)
    assert hero["path"] == str(folder / "hero_v002.png")


def test_ls__query_with_negated_word__leaves_it_out(folder: Path) -> None:
    assert [r["asset"] for r in data("ls", folder, "status:waiting", "-hero", "-nope")] == ["sub/cat"]


def test_ls__no_such_status__usage_error_names_them(folder: Path) -> None:
    answer = command("ls", folder, "status:wating")
    assert answer.code == 2
    assert "no status is called 'wating'" in answer.err
    assert "waiting" in answer.err


def test_ls__for_people__columns_line_up(folder: Path) -> None:
    lines = command("ls", folder).out.splitlines()
    assert len({line.index("waiting") for line in lines[1:]} | {lines[0].index("STATUS")}) == 1


def test_show__fixed_asset__tells_proof_and_readable_bytes(fixed_folder: Path) -> None:
    [shown] = data("show", fixed_folder, "hero")
    assert starts_with_keys(shown, KEYS["show"])
    assert (shown["status"], shown["head"]) == ("to_verify", 3)
    first, _, third = shown["versions"]
    assert starts_with_keys(third, VERSION_KEYS)
    assert (first["parent"], first["engine"], first["changed_box"], first["metrics"]) == (None, None, None, None)
    assert (third["parent"], third["op"], third["engine"]) == (2, "remove", "patch")
    assert starts_with_keys(third["metrics"], METRICS)
    assert third["metrics"]["outside_changed_px"] == 0
    assert third["metrics"]["cost"] is None
    assert hashlib.sha256(Path(third["path"]).read_bytes()).hexdigest() == third["sha256"]
    assert Path(third["alpha_path"]).is_file()
    assert len(third["changed_box"]) == 4
    assert starts_with_keys(shown["notes"][0], KEYS["notes"])


def test_show__key_with_number_and_path__name_the_same_asset(folder: Path) -> None:
    for name in ("hero@1", str(folder / "hero_v001.png"), "hero_v001.png"):
        assert data("show", folder, name)[0]["asset"] == "hero"


# --- mark and fix


def test_note__two_regions_in_pixels_and_percent__one_mask(folder: Path) -> None:
    [written] = data("note", folder, "hero", "six fingers", "--rect", "1,2,3,4", "--rect", "50%,50%,10%,10%",
                     "--flaw", "hand", "--severity", "3")  # fmt: skip
    assert list(written) == KEYS["note"].split()
    assert (written["version"], written["job"]) == (2, None)
    [note] = data("notes", folder)
    assert starts_with_keys(note, KEYS["notes"])
    assert (note["text"], note["flaw"], note["severity"], note["state"]) == ("six fingers", "hand", 3, "open")
    assert note["rects"] == [[1, 2, 3, 4], [48, 36, 10, 7]]
    assert note["rect"] == [1, 2, 57, 41]


def test_note__preset__is_remembered_by_name(folder: Path) -> None:
    data("note", folder, "hero", "too bright", "--preset", "left-half")
    [note] = data("notes", folder, "hero")
    assert (note["preset"], note["rect"]) == ("left-half", [0, 0, 48, 72])


def test_note__with_fix__one_job_and_the_note_is_fixing(folder: Path) -> None:
    [written] = data("note", folder, "hero", "logo", "--rect", "1,2,30,40", "--fix")
    assert written["job"] == 1
    assert data("notes", folder)[0]["state"] == "fixing"
    [job] = data("jobs", folder)
    assert starts_with_keys(job, KEYS["jobs"])
    assert (job["state"], job["engine"], job["tier"], job["progress"], job["error"]) == (
        "queued", "patch", "final", None, None,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        (["--rect", "1,2,3"], 2, "is no rectangle"),
        (["--rect", "900,900,5,5"], 2, "outside the picture"),
        (["--preset", "nose"], 1, "no preset 'nose'"),
        (["--flaw", "nose"], 2, "--flaw"),
        (["--severity", "9"], 2, "--severity"),
        (["--fix"], 1, "needs a region"),
    ],
)
def test_note__not_valid__says_what_and_writes_nothing(folder: Path, options: list[str], code: int, words: str) -> None:
    answer = command("note", folder, "hero", "x", *options)
    assert (answer.code, answer.out) == (code, "")
    assert words in answer.err
    assert len(answer.err.splitlines()) == 1
    assert data("notes", folder) == []


def test_notes__close_reopen_decline_reply__move_and_show_the_note(folder: Path) -> None:
    data("note", folder, "hero", "first")
    assert [r["state"] for r in data("notes", folder, "--close", "1")] == ["closed"]
    assert [r["state"] for r in data("notes", folder, "--reopen", "1")] == ["reopened"]
    assert command("notes", folder, "--wont-fix", "1").code == 2
    assert [r["state"] for r in data("notes", folder, "--wont-fix", "1", "--reason", "meant so")] == ["wont_fix"]
    data("notes", folder, "--reply", "1", "- agreed")
    assert data("show", folder, "hero")[0]["notes"][0]["replies"][0]["text"] == "- agreed"
    assert command("notes", folder, "--close", "1", "--reopen", "1").code == 2
    assert command("notes", folder, "--close", "77").code == 1
    assert [r["severity"] for r in data("notes", folder, "--weigh", "1", "3")] == [3]
    assert [r["flaw"] for r in data("notes", folder, "--tag", "1", "face")] == ["face"]
    for words in (("--weigh", "1", "9"), ("--weigh", "x", "1"), ("--tag", "1", "nose"), ("--reply", "x", "y")):
        assert command("notes", folder, *words).code == 2


def test_fix__waiting__lands_a_version_with_its_proof_by_a_worker_of_its_own(folder: Path) -> None:
    [done] = data("fix", folder, "hero", "--rect", "20,16,24,18", "--seed", "7", "--wait")
    assert starts_with_keys(done, KEYS["fix"])
    assert (done["state"], done["versions"]) == ("succeeded", [3])
    assert starts_with_keys(done["metrics"], METRICS)
    assert done["metrics"]["outside_changed_px"] == 0
    assert data("show", folder, "hero")[0]["versions"][2]["seed"] == 7


def test_fix__not_waiting__queues_and_says_who_runs_it(folder: Path) -> None:
    answer = command("fix", folder, "hero", "--rect", "1,2,30,40", "--prompt", "plain wall", "--json")
    assert answer.code == 0
    assert (answer.record["state"], answer.record["versions"]) == ("queued", [])
    assert set(answer.record["metrics"].values()) == {None}
    assert data("notes", folder)[0]["text"] == "plain wall"


def test_fix__of_a_note__takes_its_region(folder: Path) -> None:
    data("note", folder, "hero", "logo", "--rect", "1,2,30,40")
    [sent] = data("fix", folder, "hero", "--note", "1", "--feather", "0", "--candidates", "2")
    assert sent["job"] == 1
    assert data("jobs", folder, "1")[0]["candidates"] == 2
    assert command("fix", folder, "hero", "--note", "1").code == 1, "a job is at it already"


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        ([], 2, "which region"),
        (["--note", "5"], 2, "no note 5"),
        (["--rect", "1,2,3,4", "--verb", "restyle"], 1, "no engine here can restyle"),
        (["--rect", "1,2,3,4", "--engine", "patch", "--verb", "fix"], 1, "cannot fix, it can"),
        (["--rect", "1,2,3,4", "--engine", "magic"], 1, "there is no engine 'magic'"),
        (["--rect", "1,2,3,4", "--candidates", "99"], 2, "99 candidates"),
        (["--rect", "1,2,3,4", "--strength", "7"], 2, "strength 7"),
        (["--rect", "1,2,3,4", "--seed", "-1"], 2, "seed -1"),
        (["--rect", "1,2,3,4", "--feather", "-1"], 2, "feather"),
    ],
)
def test_fix__not_possible__says_what_and_asks_for_nothing(
    folder: Path, options: list[str], code: int, words: str
) -> None:
    answer = command("fix", folder, "hero", *options)
    assert (answer.code, answer.out) == (code, "")
    assert words in answer.err
    assert data("jobs", folder) == []
    assert data("notes", folder) == []


def test_fix__unavailable_verb__offers_remove(folder: Path) -> None:
    assert "--verb remove" in command("fix", folder, "hero", "--rect", "1,2,3,4", "--verb", "background").err


def test_hold_omit_release__asset__has_that_status_until_released(folder: Path) -> None:
    key = data("ls", folder)[0]["asset"]
    for name, status in (("hold", "hold"), ("omit", "omitted"), ("release", "waiting")):
        (record,) = data(name, folder, key)
        assert (record["asset"], record["status"]) == (key, status)
        assert {row["asset"]: row["status"] for row in data("ls", folder)}[key] == status


def test_pick__older_version__is_the_head(fixed_folder: Path) -> None:
    [picked] = data("pick", fixed_folder, "hero@1")
    assert (picked["asset"], picked["head"]) == ("hero", 1)
    assert command("pick", fixed_folder, "hero").code == 2
    assert command("pick", fixed_folder, "hero@9").code == 1


# --- jobs


def test_cancel_and_retry__queued_job__move_it_and_refuse_twice(folder: Path) -> None:
    data("fix", folder, "hero", "--rect", "1,2,30,40")
    assert data("cancel", folder, "1") == [{"job": 1, "state": "cancelled"}]
    assert command("cancel", folder, "1").code == 1
    assert data("retry", folder, "1") == [{"job": 1, "state": "queued"}]
    assert command("retry", folder, "1").code == 1
    assert command("cancel", folder, "one").code == 2
    assert command("cancel", folder, "12").code == 1


def test_worker__once__runs_the_queue_and_ends(folder: Path) -> None:
    data("fix", folder, "hero", "--rect", "20,16,24,18")
    answer = command("worker", folder, "--once")
    assert (answer.code, answer.out) == (0, "")
    assert [job["state"] for job in data("jobs", folder)] == ["succeeded"]
    assert data("ls", folder, "hero")[0]["head"] == 3


# --- decide


def test_approve__head__tells_bytes_and_the_chain_head_that_verify_knows(folder: Path) -> None:
    [decision] = data("approve", folder, "hero")
    assert starts_with_keys(decision, KEYS["approve"])
    assert (decision["version"], decision["verdict"]) == (2, "approved")
    assert decision["sha256"] == hashlib.sha256((folder / "hero_v002.png").read_bytes()).hexdigest()
    assert decision["evidence"] == {"shown": "command line, not shown"}
    assert data("ls", folder, "hero")[0]["status"] == "approved"
    checks = {check["check"]: check for check in data("verify", folder, "--head", decision["chain_head"])}
    assert checks["head"]["ok"]


def test_approve__other_bytes_than_meant__refused(folder: Path) -> None:
    answer = command("approve", folder, "hero", "--sha256", "0" * 64)
    assert answer.code == 1
    assert "other bytes" in answer.err
    assert data("ls", folder, "hero")[0]["status"] == "waiting"


def test_approve__version_that_is_not_the_head__refused(folder: Path) -> None:
    answer = command("approve", folder, "hero@1")
    assert answer.code == 1
    assert "not the head" in answer.err
    assert data("approve", folder, "hero@2")[0]["version"] == 2


@pytest.mark.parametrize(
    ("name", "options", "verdict"),
    [
        ("approve", ["--with-changes", "--reason", "crop later"], "approved_with_changes"),
        ("request-changes", ["--reason", "the shadow falls twice"], "changes_requested"),
        ("reject", ["--reason", "wrong product"], "rejected"),
    ],
)
def test_decision__with_reason__recorded_and_without_refused(
    folder: Path, name: str, options: list[str], verdict: str
) -> None:
    bare = [option for option in options if option == "--with-changes"]
    assert command(name, folder, "hero", *bare).code == 2
    [decision] = data(name, folder, "hero", *options)
    assert (decision["verdict"], decision["reason"]) == (verdict, options[-1])


def test_undo__decision__is_taken_back_by_a_row(folder: Path) -> None:
    data("approve", folder, "hero")
    assert data("undo", folder) == [{"undone": "approved hero v2"}]
    assert data("ls", folder, "hero")[0]["status"] == "waiting"
    assert [d["verdict"] for d in data("show", folder, "hero")[0]["decisions"]] == ["approved", None]
    assert command("undo", folder).code == 1


def test_undo__decision_of_an_asset__however_long_ago(folder: Path) -> None:
    data("approve", folder, "hero")
    data("note", folder, "sub/cat", "later act")
    assert data("undo", folder, "--decision", "hero") == [{"undone": "decision on hero v2"}]
    assert data("ls", folder, "hero")[0]["status"] == "waiting"
    assert command("undo", folder, "--decision", "hero").code == 1


def test_note__inverted_with_feather__stored_so(folder: Path) -> None:
    data("note", folder, "hero", "background", "--rect", "1,2,3,4", "--invert", "--feather", "0")
    [job] = data("fix", folder, "hero", "--note", "1")
    assert job["state"] == "queued"
    [chain] = data("why", folder, "hero")
    mask = chain["notes"][0]["mask_data"]
    assert (mask["invert"], mask["feather_px"]) == (True, 0)


def test_as__other_name__recorded_beside_the_login(folder: Path) -> None:
    [decision] = data("--as", "ana", "approve", folder, "hero")
    assert (decision["reviewer"], decision["evidence"]["name"]) == ("ana", "claimed, advisory")
    assert decision["login"] != "ana"


def test_key__same_command_twice__one_decision_one_note_one_job(folder: Path) -> None:
    first = data("approve", folder, "hero", "--key", "k1")[0]["decision"]
    assert data("approve", folder, "hero", "--key", "k1")[0]["decision"] == first
    assert len(data("show", folder, "hero")[0]["decisions"]) == 1
    for _ in range(2):
        data("fix", folder, "sub/cat", "--rect", "1,2,3,4", "--key", "k1")
    assert len(data("jobs", folder)) == 1
    assert len(data("notes", folder)) == 1


# --- prove and hand on


def test_log__json_lines_alone__prove_the_chain_to_an_outsider(fixed_folder: Path) -> None:
    data("approve", fixed_folder, "hero")
    answer = command("log", fixed_folder, "--json")
    assert answer.out.isascii()
    previous = "0" * 64
    for number, line in enumerate(answer.out.splitlines(), start=1):
        event = json.loads(line)
        assert list(event) == KEYS["log"].split()
        names = ("seq", "at", "actor", "kind", "subject", "payload")
        text = json.dumps({k: event[k] for k in names}, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
        assert event["seq"] == number
        assert event["prev_hash"] == previous
        assert event["hash"] == hashlib.sha256((previous + text).encode("utf-8")).hexdigest()
        previous = event["hash"]
    assert command("verify", fixed_folder, "--head", previous).code == 0


def test_log__one_asset__only_its_events(folder: Path) -> None:
    assert {event["subject"] for event in data("log", folder, "hero")} == {"hero"}


def test_verify__sound_workspace__all_checks_ok(fixed_folder: Path) -> None:
    data("approve", fixed_folder, "hero")
    checks = data("verify", fixed_folder)
    assert [list(check) for check in checks] == [KEYS["verify"].split()] * len(checks)
    assert [check["check"] for check in checks] == ["chain", "records", "status", "blobs", "files", "fixes"]
    assert all(check["ok"] for check in checks)


def test_verify__unknown_head__exit_1(folder: Path) -> None:
    answer = command("verify", folder, "--head", "f" * 64, "--json")
    assert answer.code == 1
    assert [c["check"] for c in answer.records if not c["ok"]] == ["head"]


def test_deliver__approved__bytes_as_approved_and_sums_that_sha256sum_accepts(
    fixed_folder: Path, tmp_path: Path
) -> None:
    approved = data("approve", fixed_folder, "hero")[0]["sha256"]
    out = tmp_path / "out"
    [package] = data("deliver", fixed_folder, out)
    assert starts_with_keys(package, KEYS["deliver"])
    assert [file["name"] for file in package["files"]] == ["hero_v3.png"]
    assert hashlib.sha256((out / "hero_v3.png").read_bytes()).hexdigest() == approved
    assert hashlib.sha256((out / "manifest.json").read_bytes()).hexdigest() == package["manifest_sha256"]
    subprocess.run(["sha256sum", "--check", "--strict", "SHA256SUMS"], cwd=out, check=True, capture_output=True)
    assert data("ls", fixed_folder, "hero")[0]["status"] == "delivered"
    assert command("undo", fixed_folder).code == 1, "a delivery is where undo stops"


def test_deliver__nothing_approved__exit_1_and_no_folder(folder: Path, tmp_path: Path) -> None:
    answer = command("deliver", folder, tmp_path / "out", "--json")
    assert (answer.code, answer.out) == (1, "")
    assert "nothing to deliver" in answer.err
    assert not (tmp_path / "out").exists()


def test_why__fixed_and_approved__chain_as_data_and_in_words(fixed_folder: Path) -> None:
    data("approve", fixed_folder, "hero")
    [chain] = data("why", fixed_folder, "hero")
    [note], [job] = chain["notes"], chain["jobs"]
    assert (note["job"], job["note"], job["versions"]) == (job["job"], note["note"], [3])
    assert job["mask_data"]["regions"] == [[20, 16, 24, 18]]
    assert chain["decisions"][0]["sha256"] == chain["versions"][2]["sha256"]
    assert chain["head_bytes_ok"] is True
    words = command("why", fixed_folder, "hero").out
    for part in (
        "note 1 by",
        "stray patch",
        "mask 1 (20,16,24,18)",
        "job 1",
        "made v3",
        "0 px changed outside",
        "approved",
    ):
        assert part in words


# --- this machine


def test_engines__installed_one__says_what_it_can(folder: Path) -> None:
    patch = next(engine for engine in data("engines") if engine["name"] == "patch")
    assert starts_with_keys(patch, KEYS["engines"])
    assert (patch["available"], patch["verbs"], patch["device"]) == (True, ["outpaint", "remove"], "cpu")


def test_presets__all__have_the_keys_of_engines() -> None:
    found = data("presets")
    assert all(starts_with_keys(preset, KEYS["presets"]) for preset in found)
    assert "left-half" in {preset["name"] for preset in found}


def test_doctor__with_and_without_folder__ten_lines_and_nothing_is_created(workspace: Path) -> None:
    for words in ((), (workspace,)):
        found = data("doctor", *words)
        assert len(found) == 10
        assert all(list(finding) == KEYS["doctor"].split() for finding in found)
    assert list(workspace.iterdir()) == []
    assert len(command("doctor").out.splitlines()) == 10


def test_demo__no_open__new_folder_with_pictures_and_source_untouched(tmp_path: Path) -> None:
    target = tmp_path / "demo"
    answer = command("demo", "--no-open", target)
    assert (answer.code, answer.out) == (0, f"{target}\n")
    assert len(list(target.rglob("*_v0*"))) >= 6
    assert not (target / ".reviewtui").exists()
    assert command("demo", "--no-open", target).code == 1, "never lays it over what is there"
    [made] = data("demo", "--no-open")
    assert Path(made["folder"]).is_dir()


@pytest.mark.parametrize("words", [("open",), ()])
def test_open__no_terminal__one_line_says_so(folder: Path, words: tuple[str, ...]) -> None:
    answer = command(*words, folder)
    assert (answer.code, answer.out) == (2, "")
    assert "needs a terminal" in answer.err
