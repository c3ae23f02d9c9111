"""What belongs together leaves in one text: tmux answers each passthrough with all its modes."""

from types import SimpleNamespace
from typing import Any, cast

from reviewtui.ui.pictures.writing import TerminalWriter, for_tmux, joined


class _Driver:
    """Keeps what is written; has a writer as long as it is on the terminal."""

    is_headless = False

    def __init__(self) -> None:
        self.written: list[str] = []
        self._writer_thread: object | None = object()

    def write(self, text: str) -> None:
        self.written.append(text)

    def flush(self) -> None:
        pass


def _writer(driver: _Driver | None) -> TerminalWriter:
    return TerminalWriter(cast("Any", SimpleNamespace(_driver=driver)))


def test_writer__alone__writes_at_once() -> None:
    driver = _Driver()
    _writer(driver).write("a")
    assert driver.written == ["a"]


def test_writer__together__writes_one_text_in_order() -> None:
    driver = _Driver()
    writer = _writer(driver)
    with writer.together():
        writer.write("a")
        with writer.together():
            writer.write("b")
        writer.write("c")
        assert driver.written == []
    writer.write("d")
    assert driver.written == ["abc", "d"]


def test_writer__together_without_a_word__writes_nothing() -> None:
    driver = _Driver()
    with _writer(driver).together():
        pass
    assert driver.written == []


def test_writer__error_meanwhile__what_was_said_before_is_written() -> None:
    driver = _Driver()
    writer = _writer(driver)
    try:
        with writer.together():
            writer.write("a")
            raise KeyError
    except KeyError:
        writer.write("b")
    assert driver.written == ["a", "b"]


def test_writer__terminal_was_left__writes_nothing() -> None:
    driver = _Driver()
    driver._writer_thread = None
    _writer(driver).write("a")
    _writer(None).write("a")
    assert driver.written == []


def test_joined__passthroughs_side_by_side__are_one() -> None:
    inner = ["\x1b_Ga=a,i=3,c=2,q=1\x1b\\", "\x1b[2;3H\x1b[6n"]
    assert joined([for_tmux(text) for text in inner]) == for_tmux("".join(inner))


def test_joined__text_between_passthroughs__stays_between_them() -> None:
    texts = [for_tmux("\x1b_Ga=p\x1b\\"), "plain", for_tmux("\x1b[6n")]
    assert joined(texts) == "".join(texts)
