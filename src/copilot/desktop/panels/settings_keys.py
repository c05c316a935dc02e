"""The settings' room of keys: for each provider whether there is one, from where, and what to do with it."""

from collections.abc import Callable
from typing import Any

from copilot.desktop import text
from copilot.desktop.gate import Item, dpg
from copilot.desktop.panels.settings_parts import Choice, Field, Option, card, label, section
from copilot.desktop.preferences import KEY_VARIABLES, Keep, KeyState, Preferences, Said, with_base_url
from copilot.desktop.segments import Flow
from copilot.desktop.typed import address, address_note
from copilot.desktop.widgets import Action, Icon, Look
from copilot.vocabulary.values import ProviderName

NAMES: dict[ProviderName, str] = {
    "anthropic": "Anthropic",
    "gemini": "Google Gemini",
    "openai": "OpenAI",
    "compatible": "Compatible server",
}
_DOT = 46
"""Pixels at scale 1 of a card's head beside its words: the dot, the edges of the chip, and two gaps."""

_PLACES = {
    "environment": "environment",
    "session": "this session",
    "file": "plain text",
    "keyring": "keyring",
}
_KEEPS = (
    Option[Keep]("keyring", "System's keyring", "keyring"),
    Option[Keep]("session", "This session", "session"),
    Option[Keep]("file", "Plain text", "file"),
)


class KeyRoom:
    """Made once; `refresh` brings it up to date."""

    def __init__(
        self, look: Look, parent: Item, preferences: Preferences, ticks: Callable[[], float]
    ) -> None:
        place = section(
            look,
            parent,
            Icon.KEY,
            "Providers and keys",
            "A key is never shown again, and never written to a project or a log. The environment comes "
            "first, then what was entered for this session, the .env of the home, the system's keyring.",
        )
        self._trouble = look.text(
            "", place, font=look.fonts.small, colour=look.palette.faint, wrap=0, show=False
        )
        self.cards = {name: KeyCard(look, place, preferences, ticks, name) for name in KEY_VARIABLES}
        self._preferences = preferences

    def refresh(self) -> None:
        """Show what is known."""
        trouble = self._preferences.keyring_trouble
        said = f"{text.told(trouble)}." if trouble else ""
        dpg.configure_item(self._trouble, show=bool(said))
        dpg.set_value(self._trouble, text.one_line(said, 300))
        for state in self._preferences.states():
            self.cards[state.provider].refresh(state)

    def fit(self, room: float) -> None:
        """Once a frame: keep within `room` pixels."""
        for one in self.cards.values():
            one.fit(room)

    def tick(self) -> bool:
        """Once a frame."""
        waiting = [one.tick() for one in self.cards.values()]
        return any(waiting)

    def escape(self) -> bool:
        """Close the form that is open."""
        closed = [one.close() for one in self.cards.values()]
        return any(closed)


class KeyCard:
    """One provider: `open` shows the form for a key."""

    def __init__(
        self,
        look: Look,
        parent: Item,
        preferences: Preferences,
        ticks: Callable[[], float],
        provider: ProviderName,
    ) -> None:
        self._look = look
        self._preferences = preferences
        self.provider: ProviderName = provider
        self._keep: Keep = "keyring"
        self._shown: object = None
        self._beside = True
        self._flows: list[Flow] = []
        tag = f"keys.{provider}"
        self._box = card(look, parent, tag)
        line = dpg.add_group(parent=self._box, horizontal=True, horizontal_spacing=look.px(8))
        self._dot = look.text(Icon.DOT, look.lowered(line, 5), font=look.fonts.caption)
        look.text(NAMES[provider], line, font=look.fonts.body_bold, colour=look.palette.strong)
        self._head = line
        self._chip_place = look.lowered(line, 2)
        self._chip = look.chip("", self._chip_place, tag=f"{tag}.chip")
        self._below = dpg.add_group(parent=self._box)
        self._source = look.text(
            "", self._box, font=look.fonts.small, colour=look.palette.dim, wrap=0, tag=f"{tag}.source"
        )
        self._buttons(tag)
        self._said = look.text("", self._box, font=look.fonts.small, wrap=0, show=False, tag=f"{tag}.said")
        self._hint = look.text(
            "", self._box, font=look.fonts.small, colour=look.palette.dim, wrap=0, show=False
        )
        self._form = dpg.add_group(parent=self._box, show=False)
        self._make_form(tag)
        self._address: Field[str] | None = None
        self._elsewhere: Item | None = None
        if provider == "compatible":
            self._make_address(tag, ticks)

    def refresh(self, state: KeyState) -> None:
        """Show where the key comes from, and what became of what was done with it."""
        provider, preferences = self.provider, self._preferences
        said, undo = preferences.said(provider), preferences.may_undo(provider)
        trouble = preferences.keyring_trouble
        if self._address is not None:
            self._show_address(self._address)
        shown = (state, said, undo, trouble)
        if shown == self._shown:
            return
        self._shown = shown
        p = self._look.palette
        there = state.place is not None
        dpg.configure_item(self._dot, color=p.green if there else p.faint)
        chip = _PLACES[state.place] if state.place is not None else "no key"
        tone = p.amber if state.place == "file" else p.green if there else p.dim
        self._look.recolour(self._chip, chip, tone)
        dpg.set_value(self._source, text.one_line(_source_words(state), 300))
        ours = {state.place, *state.also} & {"session", "file", "keyring"}
        dpg.configure_item(self._enter, label="Enter another…" if there else "Enter a key…")
        dpg.configure_item(self._test, show=there or provider == "compatible")
        dpg.configure_item(self._forget, show=bool(ours))
        dpg.configure_item(self._undo, show=undo)
        self._show_said(said)
        if trouble and self._keep == "keyring":
            self._keep = "session"
        self._show_keep()

    def tick(self) -> bool:
        """Once a frame; True while something is under way."""
        return self._address.tick() if self._address is not None else False

    def fit(self, room: float) -> None:
        """Once a frame: keep within `room` pixels."""
        look, fonts = self._look, self._look.fonts
        head = look.size(NAMES[self.provider], fonts.body_bold)[0] + look.px(_DOT)
        beside = head + look.size(str(dpg.get_item_label(self._chip)), fonts.small)[0] <= room
        if beside != self._beside:
            self._beside = beside
            dpg.move_item(self._chip_place, parent=self._head if beside else self._below)
        for flow in self._flows:
            flow.fit(room)
        self._keeps.fit(room)

    def open(self) -> None:
        """Show the form, with the caret in it."""
        dpg.configure_item(self._form, show=True)
        self._keep = "session" if self._preferences.keyring_trouble else "keyring"
        self._show_keep()
        self._look.caret.give(self._key)

    def close(self) -> bool:
        """Hide the form and forget what was typed; True where it was open."""
        opened = bool(dpg.is_item_shown(self._form))
        dpg.configure_item(self._form, show=False)
        dpg.set_value(self._key, "")
        return opened

    def test(self) -> None:
        """Ask the provider, with the key there is."""
        self._preferences.test(self.provider)

    def forget(self) -> None:
        """Take the key out of every place of ours."""
        self._preferences.forget(self.provider)

    def _buttons(self, tag: str) -> None:
        look = self._look
        flow = Flow(look, self._box, gap=6)
        line = flow.first
        self._enter = look.button("Enter a key…", line, "segment_off", self.open, tag=f"{tag}.enter")
        self._test = look.button("Test", line, "segment_off", self.test, tag=f"{tag}.test")
        self._forget = look.button("Forget", line, "segment_off", self.forget, tag=f"{tag}.forget")
        undo: Action = lambda: self._preferences.undo(self.provider)  # noqa: E731
        self._undo = look.button(
            f"{Icon.UNDO}  Undo", line, "segment_on", undo, tag=f"{tag}.undo", show=False
        )
        flow.add(self._enter, self._test, self._forget, self._undo)
        self._flows.append(flow)

    def _make_form(self, tag: str) -> None:
        look, form = self._look, self._form
        look.gap(form, height=2)
        self._key = dpg.add_input_text(
            parent=form,
            tag=f"{tag}.key",
            password=True,
            width=-1,
            hint="Paste the key here",
            on_enter=True,
            callback=self._entered,
        )
        look.themes.bind(self._key, "setting_field")
        label(look, form, "Keep it in")
        self._keeps = Choice(look, form, f"{tag}.keep", _KEEPS, self._choose_keep)
        self._where = look.text("", form, font=look.fonts.small, wrap=0, tag=f"{tag}.where")
        flow = Flow(look, form, padding=32, gap=6)
        for words, style, act, name in (
            ("Keep and test", "primary", lambda: self._take(test=True), "keep_test"),
            ("Keep", "ghost", lambda: self._take(test=False), "keep_only"),
            ("Cancel", "quiet", self._cancel, "cancel"),
        ):
            flow.add(look.button(words, flow.first, style, act, tag=f"{tag}.{name}"))
        self._flows.append(flow)

    def _make_address(self, tag: str, ticks: Callable[[], float]) -> None:
        look = self._look
        label(look, self._box, "Address of the server (base URL)")

        def keep(url: str) -> None:
            self._preferences.set(lambda settings: with_base_url(settings, self.provider, url))

        self._address = Field(
            look,
            self._box,
            f"{tag}.address",
            read=address,
            keep=keep,
            ticks=ticks,
            hint="http://127.0.0.1:11434/v1",
            note=address_note,
        )
        self._elsewhere = look.text(
            "", self._box, font=look.fonts.small, colour=look.palette.dim, wrap=0, show=False
        )

    def _show_address(self, field: Field[str]) -> None:
        said = self._preferences.settings.base_urls.get(self.provider, "")
        field.show(said)
        source = self._preferences.source(self.provider)
        used = source.base_url if source is not None else ""
        other = f"The environment says {text.one_line(used, 120)}, and that is used." if used != said else ""
        if self._elsewhere is not None:
            dpg.configure_item(self._elsewhere, show=bool(other))
            dpg.set_value(self._elsewhere, other)

    def _choose_keep(self, keep: Keep) -> None:
        self._keep = keep
        self._show_keep()

    def _show_keep(self) -> None:
        trouble = self._preferences.keyring_trouble
        self._keeps.show(self._keep, frozenset({"keyring"} if trouble else ()))
        words, tone = {
            "keyring": ("Locked with your login, for every start.", self._look.palette.dim),
            "session": ("In memory alone: it is gone when the window closes.", self._look.palette.dim),
            "file": (
                f"Whoever can read your files can read it, and so can their backups. It goes into "
                f"{self._preferences.home.env_file}.",
                self._look.palette.amber,
            ),
        }[self._keep]
        dpg.set_value(self._where, text.one_line(words, 300))
        dpg.configure_item(self._where, color=tone)

    def _show_said(self, said: Said | None) -> None:
        p = self._look.palette
        dpg.configure_item(self._said, show=said is not None)
        dpg.configure_item(self._hint, show=said is not None and bool(said.hint))
        if said is None:
            return
        tone = p.dim if said.good is None else p.green if said.good else p.red
        icon = Icon.HOURGLASS if said.good is None else Icon.CHECK if said.good else Icon.WARNING
        dpg.configure_item(self._said, color=tone)
        dpg.set_value(self._said, f"{icon}  {text.one_line(said.words, 600)}")
        dpg.set_value(self._hint, text.one_line(said.hint, 600))

    def _entered(self, _sender: Any, _value: Any, _user: Any) -> None:
        self._take(test=True)

    def _take(self, *, test: bool) -> None:
        words = str(dpg.get_value(self._key))
        self.close()
        self._preferences.enter(self.provider, words, self._keep, test=test)

    def _cancel(self) -> None:
        self.close()


def _source_words(state: KeyState) -> str:
    if not state.source:
        return "Local servers want none." if state.provider == "compatible" else "No key is known."
    others = f" Not used: {', '.join(_PLACES[one] for one in state.also)}." if state.also else ""
    said = "Entered in this session." if state.place == "session" else f"From {state.source}."
    return f"{said}{others}"
