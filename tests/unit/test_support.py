"""The tools of the tests keep their own promises: the guard on the network, the home folder, the hostile files."""

from __future__ import annotations

import os
import socket
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.fake_terminal import FakeTerminal
from tests.support.nasty_assets import generate
from tests.support.pictures import gradient, noise, pixels, write_gray16_png, write_jpeg, write_png, write_versions
from tests.support.terminal_protocol import Profile, control_bytes


def test_network_guard__outside_address__is_refused() -> None:
    with socket.socket() as sock, pytest.raises(PermissionError, match=r"192\.0\.2\.1"):
        sock.connect(("192.0.2.1", 9))
    with pytest.raises(PermissionError):
        socket.getaddrinfo("example.invalid", 80)


def test_network_guard__loopback__is_allowed() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()):
        pass


def test_home__any_test__is_isolated_and_in_utc(home: Path) -> None:
    assert Path.home() == home
    assert os.environ["XDG_CONFIG_HOME"].startswith(str(home))
    assert time.tzname[0] == "UTC"


@given(st.integers())
def test_home__property_test__may_use_it_too(number: int) -> None:
    assert number == int(str(number))


def test_fake_terminal__program_that_asks_and_echoes__is_answered_and_shown() -> None:
    script = (
        r"printf '\033[c'; read -rsn 11 answer; stty size; printf 'len %s\n' ${#answer};"
        ' read -r line; echo "got $line"; exit 3'
    )
    with FakeTerminal(
        ["bash", "-c", script], cols=90, rows=30, profile=Profile.for_protocol("sixel"), screen=True
    ) as term:
        term.wait_for("len 11")
        term.wait_for("30 90")
        term.type_text("abc")
        term.press("enter")
        term.wait_for("got abc")
        assert term.wait_exit() == 3


def test_fake_terminal__closed_window__hangs_the_program_up(tmp_path: Path) -> None:
    heard = tmp_path / "heard"
    with FakeTerminal(["bash", "-c", f"trap 'echo hup >{heard}; exit 7' HUP; echo up; read x"], screen=True) as term:
        term.wait_for("up")
        assert term.close() == 7
    assert heard.read_text() == "hup\n"


def test_fake_terminal__text_that_never_comes__fails_with_the_screen() -> None:
    with (
        FakeTerminal(["bash", "-c", "echo here; read x"], screen=True) as term,
        pytest.raises(AssertionError, match="here"),
    ):
        term.wait_for("elsewhere", limit=0.3)


def test_control_bytes__colour_and_bidi__are_named() -> None:
    assert control_bytes("\x1b[31m\u202ea") == ["U+001B", "U+202E"]
    assert control_bytes("ordinary – text") == []


def test_nasty_assets__generated__holds_every_kind(tmp_path: Path) -> None:
    made = generate(tmp_path / "nasty", big=False)
    kinds = [kind for _, kind in made]
    assert len(made) >= 70
    assert not [kind for kind in kinds if "not created" in kind]
    assert sum(os.path.lexists(path) for path, _ in made) == len(made)


def test_pictures__written__read_back_as_meant(tmp_path: Path) -> None:
    image = gradient(32, 24)
    assert (pixels(write_png(tmp_path / "a" / "b.png", image)) == pixels(image)).all()
    assert pixels(write_gray16_png(tmp_path / "g.png", 32, 24)).shape == (24, 32, 3)
    assert write_jpeg(tmp_path / "r.jpg", noise(32, 24), orientation=6).stat().st_size > 0
    versions = write_versions(tmp_path, "hero", 3)
    assert [path.name for path in versions] == ["hero_v001.png", "hero_v002.png", "hero_v003.png"]
    assert len({path.read_bytes() for path in versions}) == 3
