"""The scripts on a machine of pretence: what a stranger meets at the first start, the second, and when it goes wrong.

The real scripts run; python3 and pip are played by a stub, so that nothing is fetched and each case takes a moment.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

import reviewtui

ROOT = Path(reviewtui.__file__).resolve().parent.parent
SCRIPTS = ("run", "test", "check", "bench")
TOOLS = (
    "awk", "bash", "cat", "chmod", "cp", "cut", "df", "dirname", "env", "flock", "grep", "head", "mkdir", "mv",
    "readlink", "rm", "sed", "sha256sum", "sleep", "tail", "touch", "tr",
)  # fmt: skip

STUB = r"""#!/bin/bash
# Plays python3: its checks, `-m venv`, `-m pip`, `-m pytest`.
case $* in
    *"sys.exit(sys.version_info"*) exit "${STUB_OLD:-0}" ;;
    *"%d.%d"*) echo 3.11 ;;
    *platform*) echo 3.9.2 ;;
    *ensurepip*) exit "${STUB_NO_VENV:-0}" ;;
    "-m venv "*) mkdir -p "${@: -1}/bin" && cp "$0" "${@: -1}/bin/python" ;;
    "-m pip --version") ;;
    "-m pip "*)
        echo "$*" >>"$STUB_CALLS"
        [ -z "${STUB_HANG:-}" ] || sleep 30
        if [ -n "${STUB_PIP_SAYS:-}" ]; then echo "$STUB_PIP_SAYS"; exit 1; fi
        printf '#!/bin/sh\necho ran "$@"\n' >"${0%/*}/reviewtui"
        chmod +x "${0%/*}/reviewtui" ;;
    *) echo "python $*" ;;
esac
"""


class Machine:
    """A checkout in a folder with spaces, and a PATH on which there is nothing but a few tools and the stub."""

    def __init__(self, folder: Path) -> None:
        self.checkout = folder / "a check out"
        (self.checkout / "scripts").mkdir(parents=True)
        for name in (*SCRIPTS, "lib.sh", "constraints.txt"):
            shutil.copy(ROOT / "scripts" / name, self.checkout / "scripts" / name)
        shutil.copy(ROOT / "pyproject.toml", self.checkout)
        self.bin = folder / "bin"
        self.bin.mkdir()
        for tool in TOOLS:
            where = shutil.which(tool)
            assert where is not None, f"the test needs {tool}"
            (self.bin / tool).symlink_to(where)
        (self.bin / "python3").write_text(STUB)
        (self.bin / "python3").chmod(0o755)
        self.calls = folder / "calls"
        self.calls.touch()
        self.elsewhere = folder / "elsewhere"
        self.elsewhere.mkdir()

    def environment(self, stub: dict[str, str]) -> dict[str, str]:
        return {**os.environ, "PATH": str(self.bin), "STUB_CALLS": str(self.calls), **stub}

    def script(self, name: str, *args: str, **stub: str) -> subprocess.CompletedProcess[str]:
        command = [str(self.checkout / "scripts" / name), *args]
        env = self.environment(stub)
        return subprocess.run(command, cwd=self.elsewhere, env=env, capture_output=True, text=True, check=False)

    def start(self, name: str, **stub: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [str(self.checkout / "scripts" / name)],
            cwd=self.elsewhere, env=self.environment(stub), text=True, start_new_session=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip

    def pip_calls(self) -> list[str]:
        return self.calls.read_text().splitlines()

    def is_stamped(self) -> bool:
        return (self.checkout / ".venv" / ".reviewtui-ready").exists()


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def wait_until(condition: Callable[[], bool], limit_s: float = 20.0) -> None:
    deadline = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


@pytest.mark.parametrize("path", [*(f"scripts/{name}" for name in (*SCRIPTS, "lib.sh")), ".ci/run"])
def test_script__read_by_bash__is_valid(path: str) -> None:
    subprocess.run(["bash", "-n", str(ROOT / path)], check=True)
    assert path.endswith(".sh") or os.access(ROOT / path, os.X_OK)


def test_run__fresh_machine__sets_up_in_two_steps_and_opens_the_demo(machine: Machine) -> None:
    done = machine.script("run")
    assert (done.returncode, done.stdout) == (0, "ran demo\n")
    assert "1 of 2  torch" in done.stderr
    assert "done in" in done.stderr
    torch, rest = machine.pip_calls()
    assert torch.endswith("torch==2.13.0")
    assert rest.endswith("--editable .")
    assert all("--constraint scripts/constraints.txt" in call for call in (torch, rest))


def test_run__second_start__calls_no_pip_and_says_nothing_of_its_own(machine: Machine) -> None:
    machine.script("run")
    done = machine.script("run", "--no-open")
    assert (done.returncode, done.stdout, done.stderr) == (0, "ran demo --no-open\n", "")
    assert len(machine.pip_calls()) == 2


def test_run__other_arguments__go_to_reviewtui_as_they_are(machine: Machine) -> None:
    assert machine.script("run", "ls", "a folder", "--json").stdout == "ran ls a folder --json\n"


@pytest.mark.parametrize("name", ["pyproject.toml", "scripts/constraints.txt"])
def test_run__requirements_changed__installs_again(machine: Machine, name: str) -> None:
    machine.script("run")
    with (machine.checkout / name).open("a") as file:
        file.write("# changed\n")
    machine.script("run")
    assert len(machine.pip_calls()) == 4


def test_run__checkout_moved__sets_up_again(machine: Machine) -> None:
    machine.script("run")
    machine.checkout = machine.checkout.rename(machine.checkout.with_name("moved away"))
    assert machine.script("run").returncode == 0
    assert len(machine.pip_calls()) == 4


def test_run__after_test__finds_all_there(machine: Machine) -> None:
    done = machine.script("test", "-k", "some thing")
    assert done.stdout == "python -m pytest -m not terminals -k some thing\n"
    assert machine.pip_calls()[1].endswith("--editable .[dev]")
    machine.script("run")
    assert len(machine.pip_calls()) == 2


def test_test__after_run__adds_what_tests_need(machine: Machine) -> None:
    machine.script("run")
    assert machine.script("test", "--terminals", "-x").stdout == "python -m pytest -m terminals -x\n"
    assert len(machine.pip_calls()) == 4


@pytest.mark.parametrize(
    ("stub", "words"),
    [
        ({"STUB_OLD": "1"}, ["Python 3.11", "3.9.2", "PYTHON="]),
        ({"STUB_NO_VENV": "1"}, ["apt-get install python3.11-venv"]),
        ({"PYTHON": "/no/such/python"}, ["no /no/such/python found"]),
        ({"STUB_PIP_SAYS": "NewConnectionError: Temporary failure in name resolution"}, ["cannot be reached"]),
        ({"STUB_PIP_SAYS": "ERROR: [Errno 28] No space left on device"}, ["disk is full"]),
        ({"STUB_PIP_SAYS": "ERROR: odd \x1b[31mthing"}, ["ERROR: odd", "setup.log"]),
    ],
)
def test_run__something_is_missing__says_what_in_one_line_and_goes_on_next_time(
    machine: Machine, stub: dict[str, str], words: list[str]
) -> None:
    done = machine.script("run", **stub)
    assert (done.returncode, done.stdout) == (1, "")
    last = done.stderr.splitlines()[-1]
    assert last.startswith("reviewtui: ")
    assert all(word in last for word in words)
    assert "\x1b" not in done.stderr
    assert not machine.is_stamped()
    assert machine.script("run").stdout == "ran demo\n"


def test_run__killed_in_the_middle__leaves_no_stamp_and_finishes_next_time(machine: Machine) -> None:
    first = machine.start("run", STUB_HANG="1")
    wait_until(lambda: len(machine.pip_calls()) == 1)
    os.killpg(first.pid, signal.SIGKILL)
    first.communicate()
    assert not machine.is_stamped()
    assert machine.script("run").stdout == "ran demo\n"


def test_run__interrupted_by_the_user__stops_pip_and_says_how_to_go_on(machine: Machine) -> None:
    first = machine.start("run", STUB_HANG="1")
    wait_until(lambda: len(machine.pip_calls()) == 1)
    first.send_signal(signal.SIGTERM)
    output, _ = first.communicate(timeout=20)
    assert first.returncode == 1
    assert output.endswith("interrupted; run again to go on from here\n")


def test_run__two_starts_at_once__install_once(machine: Machine) -> None:
    both = [machine.start("run") for _ in range(2)]
    assert [process.communicate()[0].splitlines()[-1] for process in both] == ["ran demo", "ran demo"]
    assert len(machine.pip_calls()) == 2


def test_bench__unknown_name__is_refused_before_any_set_up(machine: Machine) -> None:
    (machine.checkout / "tests" / "bench").mkdir(parents=True)
    (machine.checkout / "tests" / "bench" / "bench_help.py").touch()
    assert machine.script("bench", "--list").stdout == "help\n"
    done = machine.script("bench", "nonsense")
    assert (done.returncode, machine.pip_calls()) == (1, [])
    assert "there are: help" in done.stderr
    assert "python -m tests.bench.bench_help" in machine.script("bench", "help").stdout
