"""Asks the terminal it runs in and prints the facts; then, with ``app``, shows every key in a Textual app.

python -m tests.support.detect_program LIMIT_S [app]
"""

import json
import os
import sys

from reviewtui.ui.pictures.detect import Conversation, detect, quiet_keyboard


def main() -> None:
    """See the module."""
    with quiet_keyboard():
        facts = detect(os.environ, Conversation(limit_s=float(sys.argv[1])))
        assert "textual" not in sys.modules
        assert "textual_image" not in sys.modules
        if sys.argv[2:] == ["app"]:
            _show_keys(facts.protocol, facts.type_ahead)
            return
    said = {
        "can": facts.can, "cell": str(facts.cell_px), "name": facts.name, "sync": facts.sync,
        "truecolor": facts.truecolor, "rtt": facts.rtt_ms, "typed": facts.type_ahead.decode("latin-1"),
        "limit": str(facts.sixel_limit_px), "reasons": facts.reasons, "better": facts.better,
        "tmux": None if facts.tmux is None else [facts.tmux.version, facts.tmux.passthrough],
    }  # fmt: skip
    print("FACTS " + json.dumps(said) + " END", flush=True)


def _show_keys(protocol: str, type_ahead: bytes) -> None:
    from textual import events
    from textual.app import App
    from textual.widgets import Label

    from reviewtui.ui.driver import DeskDriver

    class Keys(App[None]):
        def __init__(self) -> None:
            super().__init__(driver_class=DeskDriver)
            self.type_ahead = type_ahead
            self.seen = ""

        def compose(self):  # type: ignore[no-untyped-def] # noqa: ANN202
            yield Label(f"{protocol} keys:")

        def on_key(self, event: events.Key) -> None:
            self.seen += event.key + ","
            self.query_one(Label).update(f"{protocol} keys:{self.seen}")

    Keys().run()


if __name__ == "__main__":
    main()
