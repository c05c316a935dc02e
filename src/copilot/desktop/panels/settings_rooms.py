"""The settings' rooms of look, spending, approvals and notifications."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from copilot.desktop.action_table import NamedAction
from copilot.desktop.gate import Item, dpg
from copilot.desktop.panels.settings_parts import Choice, Field, Option, card, label, section
from copilot.desktop.preferences import FONT_SIZE, Preferences, Settings, Theme
from copilot.desktop.typed import tokens, usd, usd_words
from copilot.desktop.widgets import Icon, Look
from copilot.vocabulary.caps import CAP_SCOPES, CapScope

SMALLEST, LARGEST = 10.0, 28.0
"""Sizes of text that `config.toml` takes."""

SCALES = (0.0, 1.0, 1.25, 1.5, 2.0)
_CAPS: dict[CapScope, str] = {
    "turn": "At most in one turn (USD)",
    "project": "At most in one project, in all (USD)",
    "day": "At most on one day, in all projects (USD)",
}
_POLICIES = {
    "ask": "Each script and each change asks you first. Nothing runs that you did not see.",
    "all": "This session was started with everything approved unseen.",
    "none": "This session was started with everything refused.",
}


class LookRoom:
    """Theme, scale and size of text; each is there at once."""

    def __init__(self, look: Look, parent: Item, preferences: Preferences) -> None:
        self._look = look
        self._preferences = preferences
        place = section(look, parent, Icon.BRUSH, "Look")
        box = card(look, place, "settings.look")
        label(look, box, "Theme")
        themes = (
            Option[Theme]("dark", "Dark", "dark"),
            Option[Theme]("light", "Light", "light"),
            Option[Theme]("system", "As the desktop", "system"),
        )
        self._theme = Choice(look, box, "settings.theme", themes, self._choose_theme)
        label(look, box, "Scale")
        scales = [
            Option(scale, f"{scale:.0%}" if scale else "Monitor's own", f"{scale:g}") for scale in SCALES
        ]
        self._scale = Choice(look, box, "settings.scale", scales, self._choose_scale)
        label(look, box, "Size of text")
        line = dpg.add_group(parent=box, horizontal=True, horizontal_spacing=look.px(4))
        look.button("A–", line, "segment_off", lambda: self.step(-1), tag="settings.smaller")
        self._size = look.button("", line, "segment_off", self.usual, tag="settings.size")
        look.tip(self._size, "Click for the usual size")
        look.button("A+", line, "segment_off", lambda: self.step(1), tag="settings.larger")

    def fit(self, room: float) -> None:
        """Once a frame: keep within `room` pixels."""
        self._theme.fit(room)
        self._scale.fit(room)

    def refresh(self, settings: Settings) -> None:
        """Show what is set."""
        self._theme.show(settings.theme)
        self._scale.show(settings.scale)
        dpg.configure_item(self._size, label=f"{settings.font_size:g} px")

    def step(self, by: float) -> None:
        """Larger or smaller text."""

        def change(settings: Settings) -> Settings:
            return replace(settings, font_size=min(max(settings.font_size + by, SMALLEST), LARGEST))

        self._preferences.set(change)

    def actions(self) -> tuple[NamedAction, ...]:
        """The size of the text by name."""
        return (
            NamedAction(name="look.larger", title="Larger text", run=lambda: self.step(1), words="font"),
            NamedAction(name="look.smaller", title="Smaller text", run=lambda: self.step(-1), words="font"),
        )

    def usual(self) -> None:
        """The size of text as it came."""
        self._preferences.set(lambda settings: replace(settings, font_size=FONT_SIZE))

    def _choose_theme(self, theme: Theme) -> None:
        self._preferences.set(lambda settings: replace(settings, theme=theme))

    def _choose_scale(self, scale: float) -> None:
        self._preferences.set(lambda settings: replace(settings, scale=scale))


class SpendingRoom:
    """Caps in USD, and the budget of the context."""

    def __init__(
        self, look: Look, parent: Item, preferences: Preferences, ticks: Callable[[], float]
    ) -> None:
        self._preferences = preferences
        place = section(
            look,
            parent,
            Icon.MONEY,
            "Spending and budget",
            "A request that may pass a cap asks you first. A project's own caps may be lower, never higher.",
        )
        box = card(look, place, "settings.spending")
        self._caps: dict[CapScope, Field[float | None]] = {}
        for scope in CAP_SCOPES:
            label(look, box, _CAPS[scope])
            self._caps[scope] = Field(
                look,
                box,
                f"settings.cap.{scope}",
                read=usd,
                keep=self._keeper(scope),
                ticks=ticks,
                hint="no cap",
                note=lambda amount: "Only what is free goes through." if amount == 0 else "",
            )
        label(look, box, "At most in the context (tokens)")
        self._budget = Field(look, box, "settings.budget", read=tokens, keep=self._keep_budget, ticks=ticks)
        look.text(
            "For projects that set none of their own, from the next start on.",
            box,
            font=look.fonts.small,
            colour=look.palette.faint,
            wrap=0,
        )

    def refresh(self, settings: Settings) -> None:
        """Show what is set."""
        for scope, field in self._caps.items():
            field.show(usd_words(settings.caps.of(scope)))
        self._budget.show(f"{settings.limits.max_context_tokens:,}")

    def tick(self) -> bool:
        """Once a frame."""
        waiting = [field.tick() for field in self._caps.values()]
        return self._budget.tick() or any(waiting)

    def _keeper(self, scope: CapScope) -> Callable[[float | None], None]:
        def keep(amount: float | None) -> None:
            def change(settings: Settings) -> Settings:
                match scope:
                    case "turn":
                        caps = replace(settings.caps, turn_usd=amount)
                    case "project":
                        caps = replace(settings.caps, project_usd=amount)
                    case "day":
                        caps = replace(settings.caps, day_usd=amount)
                return replace(settings, caps=caps)

            self._preferences.set(change)

        return keep

    def _keep_budget(self, count: int) -> None:
        def change(settings: Settings) -> Settings:
            return replace(settings, limits=replace(settings.limits, max_context_tokens=count))

        self._preferences.set(change)


class CareRoom:
    """What is asked, and what is told while the window is not in front."""

    def __init__(self, look: Look, parent: Item, preferences: Preferences) -> None:
        self._preferences = preferences
        place = section(look, parent, Icon.SHIELD, "Approvals and notifications")
        box = card(look, place, "settings.care")
        look.text(
            _POLICIES[preferences.policy.mode],
            box,
            font=look.fonts.small,
            colour=look.palette.text if preferences.policy.mode == "ask" else look.palette.amber,
            wrap=0,
            tag="settings.policy",
        )
        self._notify = dpg.add_checkbox(
            parent=box,
            tag="settings.notifications",
            label="Notify me",
            callback=self._toggled,
        )
        look.themes.bind(self._notify, "check")
        dpg.bind_item_font(self._notify, look.fonts.small)
        look.text(
            "When an approval or an answer waits and this window is not in front.",
            box,
            font=look.fonts.small,
            colour=look.palette.dim,
            wrap=0,
        )

    def refresh(self, settings: Settings) -> None:
        """Show what is set."""
        if dpg.get_value(self._notify) != settings.notifications:
            dpg.set_value(self._notify, settings.notifications)

    def _toggled(self, _sender: Any, value: Any, _user: Any) -> None:
        self._preferences.set(lambda settings: replace(settings, notifications=bool(value)))
