"""Looking at one channel or at another exposure; what looks otherwise than it is cannot be decided on."""

from dataclasses import replace
from functools import partial

from reviewtui.ui.actions.area import Action, Area
from reviewtui.ui.pictures import MOST_HALF_STOPS, Channel, Tone
from reviewtui.ui.text import styled

_KEYS = {
    "view.channel_all": Channel.ALL,
    "view.channel_red": Channel.RED,
    "view.channel_green": Channel.GREEN,
    "view.channel_blue": Channel.BLUE,
    "view.channel_luma": Channel.LUMA,
}


class ToningActions(Area):
    """Channels and exposure."""

    def actions(self) -> dict[str, Action]:
        """Actions by binding id."""
        channels: dict[str, Action] = {name: partial(self._channel, channel) for name, channel in _KEYS.items()}
        return {
            **channels,
            "view.channel_alpha": self._alpha,
            "view.exposure_up": lambda: self._expose(1),
            "view.exposure_down": lambda: self._expose(-1),
            "view.neutral": lambda: self.look_through(Tone()),
        }

    def effect(self, binding_id: str) -> str | None:
        """Something must be looked at."""
        if self.state.shown_version is None or (binding_id == "view.neutral" and self.state.tone.is_neutral):
            return None
        return ""

    def look_through(self, tone: Tone) -> None:
        """Show every picture so."""
        self.state.tone = tone
        self.desk.show_asset()
        if tone.is_neutral:
            self.desk.say(styled("as it is", "$role-muted"))

    def why_no_decision(self) -> str:
        """Why what is on the screen cannot be decided on; empty when it can."""
        words = self.state.tone.words
        return f"this is not the picture's own look ({words}), e 0 shows it as it is" if words else ""

    def _channel(self, channel: Channel) -> None:
        self.look_through(replace(self.state.tone, channel=channel))

    def _expose(self, half_stops: int) -> None:
        wanted = self.state.tone.half_stops + half_stops
        kept = min(max(wanted, -MOST_HALF_STOPS), MOST_HALF_STOPS)
        self.look_through(replace(self.state.tone, half_stops=kept))

    def _alpha(self) -> None:
        version = self.state.shown_version
        if version is None:
            return

        def show(_: object) -> None:
            if self.state.shown_version == version:
                self._channel(Channel.ALPHA)

        # A picture without transparency says so and stays as it is.
        self.desk.runner.run(self.desk.renditions.load_alpha, version, then=show, slot="alpha")
