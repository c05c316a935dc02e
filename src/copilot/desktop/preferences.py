"""What the person sets, and the keys, as the settings panel shows and changes them. No Dear PyGui here.

Every change is saved at once, away from the main thread, and used at once where that is possible. A keyring
may want its person's word and take as long as that.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol, TypeVar

from copilot.assembly.keys_held import Forgotten, HeldKeys
from copilot.assembly.keys_held import Keep as Keep
from copilot.assembly.keys_held import KeyState as KeyState
from copilot.desktop.view_state import ViewState
from copilot.projects.home import Home
from copilot.projects.settings import FONT_SIZE as FONT_SIZE
from copilot.projects.settings import Settings as Settings
from copilot.projects.settings import Theme as Theme
from copilot.providers.catalog import KEY_VARIABLES as KEY_VARIABLES
from copilot.vocabulary.approvals import ApprovalPolicy
from copilot.vocabulary.commands import Command, ListModels
from copilot.vocabulary.errors import CopilotError
from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.text import clean, sentences, without_keys
from copilot.vocabulary.values import ModelChoice, ProviderName

T = TypeVar("T")


class Apart(Protocol):
    """Work away from the main thread, whose end is told on it (`Errands`)."""

    def add(self, work: Callable[[], T], then: Callable[[T], None]) -> None:
        """One piece after the other."""
        ...

    def apart(self, work: Callable[[], T], then: Callable[[T], None]) -> None:
        """On a thread of its own: it may take as long as a person wants."""
        ...


@frozen
class Said:
    """What became of something that was done with a key; `good` None while it is under way."""

    words: str
    good: bool | None = None
    hint: str = ""


@frozen
class Uses:
    """What else a change needs: the settings as they are and as they shall be, who hears of caps and look.

    `source` is the model that a provider would answer with under given settings.
    """

    settings: Callable[[], Settings]
    change: Callable[[Settings], None]
    save: Callable[[Settings], tuple[str, ...]]
    source: Callable[[ProviderName, Settings], ModelChoice | None]
    submit: Callable[[Command], None]
    new_id: Callable[[], str]
    apply_look: Callable[[Settings], None]
    use_caps: Callable[[Settings], None]
    use_run: Callable[[Settings], None]
    changed: Callable[[], None]


@dataclass(slots=True)
class _Doing:
    said: dict[ProviderName, Said] = field(default_factory=dict[ProviderName, "Said"])
    tests: dict[str, ProviderName] = field(default_factory=dict[str, ProviderName])
    gone: dict[ProviderName, Forgotten] = field(default_factory=dict[ProviderName, Forgotten])


class Preferences:
    """One per window. `policy` is what answers before the person is asked, as this session was started."""

    def __init__(
        self, home: Home, keys: HeldKeys, errands: Apart, uses: Uses, policy: ApprovalPolicy
    ) -> None:
        self.home = home
        self.policy = policy
        self.save_trouble = ""
        self._keys = keys
        self._errands = errands
        self._uses = uses
        self._doing = _Doing()
        self._states: tuple[KeyState, ...] = keys.states()
        self._looked = False

    @property
    def keys(self) -> HeldKeys:
        """Every key that is held, for what takes them out."""
        return self._keys

    @property
    def settings(self) -> Settings:
        """As they are now, saved or about to be."""
        return self._uses.settings()

    def set(self, change: Callable[[Settings], Settings]) -> None:
        """Change the settings, use them, and save them."""
        before = self.settings
        after = change(before)
        if after == before:
            return
        self._uses.change(after)
        # Menus and hints show chords: other keys have all made anew, as another look does.
        shown = ((one.theme, one.scale, one.font_size, dict(one.keys)) for one in (before, after))
        if next(shown) != next(shown):
            self._uses.apply_look(after)
        if after.caps != before.caps:
            self._uses.use_caps(after)
        if after.run != before.run:
            self._uses.use_run(after)
        self._errands.add(lambda: self._save(after), self._saved)
        self._uses.changed()

    def set_keys(self, keys: Mapping[str, str]) -> None:
        """Other chords of the person's own."""
        self.set(lambda settings: replace(settings, keys=dict(keys)))

    def states(self) -> tuple[KeyState, ...]:
        """What is known of each provider's key."""
        return self._states

    def said(self, provider: ProviderName) -> Said | None:
        """What became of the last thing that was done with a provider's key."""
        return self._doing.said.get(provider)

    def may_undo(self, provider: ProviderName) -> bool:
        """Whether a key was forgotten that can be had back."""
        return provider in self._doing.gone

    @property
    def keyring_trouble(self) -> str | None:
        """Why nothing can be kept in the keyring, "" where it can; None while nobody knows."""
        return self._keys.keyring_trouble

    def source(self, provider: ProviderName) -> ModelChoice | None:
        """Whom a provider's key is sent to, and which model would answer."""
        return self._uses.source(provider, self.settings)

    def look(self) -> None:
        """Look into all places for keys, once; the panel is shown."""
        if not self._looked:
            self._looked = True
            self._errands.apart(self._all_places, self._known)

    def enter(self, provider: ProviderName, words: str, keep: Keep, *, test: bool) -> None:
        """Take a key, and perhaps test it. The panel forgets `words` by itself."""

        def then(said: Said) -> None:
            self._tell(provider, said)
            if said.good:
                self._doing.gone.pop(provider, None)
                if test:
                    self.test(provider)

        self._tell(provider, Said(words="Keeping it…"))
        self._apart(lambda: Said(words=self._keys.enter(provider, words, keep), good=True), then)

    def forget(self, provider: ProviderName) -> None:
        """Take a provider's key out of every place of ours."""

        def work() -> Said | Forgotten:
            try:
                return self._keys.forget(provider)
            except CopilotError as error:
                return self._wrong(error)

        def then(gone: Said | Forgotten) -> None:
            if isinstance(gone, Said):
                self._tell(provider, gone)
                return
            self._doing.gone[provider] = gone
            left = self._keys.get(provider)
            hint = "" if left is None else f"The environment still has one, in {left.source}."
            self._tell(provider, Said(words="The key was forgotten.", good=True, hint=hint))

        self._tell(provider, Said(words="Forgetting it…"))
        self._errands.apart(work, then)

    def undo(self, provider: ProviderName) -> None:
        """Have back what `forget` took."""
        gone = self._doing.gone.pop(provider, None)
        if gone is None:
            return

        def work() -> Said:
            self._keys.restore(gone)
            return Said(words="The key is back.", good=True)

        self._apart(work, lambda said: self._tell(provider, said))

    def test(self, provider: ProviderName) -> None:
        """Ask the provider for its models with the key there is."""
        model = self.source(provider)
        if model is None:
            return
        request_id = self._uses.new_id()
        self._doing.tests[request_id] = provider
        self._tell(provider, Said(words="Asking it for its models…"))
        self._uses.submit(ListModels(request_id=request_id, model=model))

    def hear(self, state: ViewState) -> None:
        """Take answers to tests out of what the worker told."""
        for request_id, provider in tuple(self._doing.tests.items()):
            listed = next((one for one in state.models if one.request_id == request_id), None)
            failed = next((one for one in state.failures if one.request_id == request_id), None)
            if listed is not None:
                count = len(listed.models)
                said = Said(words=f"It works: {count:,} {'model' if count == 1 else 'models'}.", good=True)
            elif failed is not None:
                said = Said(words=self._safe(failed.message), good=False, hint=self._safe(failed.hint))
            else:
                continue
            del self._doing.tests[request_id]
            self._tell(provider, said)

    def _all_places(self) -> tuple[KeyState, ...]:
        try:
            return self._keys.look()
        except CopilotError:  # the .env was broken since the start, which the next start says
            return self._keys.states()

    def _apart(self, work: Callable[[], Said], then: Callable[[Said], None]) -> None:
        def guarded() -> Said:
            try:
                return work()
            except CopilotError as error:
                return self._wrong(error)

        self._errands.apart(guarded, then)

    def _wrong(self, error: CopilotError) -> Said:
        return Said(words=self._safe(str(error)), good=False, hint=self._safe(error.hint))

    def _safe(self, words: str) -> str:
        return without_keys(clean(words), self._keys)

    def _tell(self, provider: ProviderName, said: Said) -> None:
        self._doing.said[provider] = said
        self._known(self._keys.states())

    def _known(self, states: tuple[KeyState, ...]) -> None:
        self._states = states
        self._uses.changed()

    def _save(self, settings: Settings) -> str:
        try:
            return " ".join(self._uses.save(settings))
        except CopilotError as error:
            return sentences(f"The settings were not saved: {error}", error.hint)

    def _saved(self, trouble: str) -> None:
        if trouble != self.save_trouble:
            self.save_trouble = trouble
            self._uses.changed()


def with_base_url(settings: Settings, provider: ProviderName, url: str) -> Settings:
    """The settings with another address of a provider; "" for its own."""
    urls: Mapping[ProviderName, str] = {**settings.base_urls, provider: url}
    return replace(settings, base_urls={name: said for name, said in urls.items() if said})
