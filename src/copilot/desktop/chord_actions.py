"""*Give an action another key*: chosen in the window, kept under `[keys]` of `config.toml`."""

from collections.abc import Callable, Mapping, Sequence

from copilot.desktop.action_table import ActionTable, Chord, NamedAction
from copilot.desktop.own_chords import EXAMPLE, chord_trouble, own_chords, read_chord
from copilot.desktop.panels.chooser import Choice, Question, no_choices
from copilot.desktop.widgets import Icon


class ChordActions:
    """`written` gives what stands under `[keys]` now, `keep` takes what is to stand there."""

    def __init__(
        self,
        table: ActionTable,
        ask: Callable[[Question], None],
        written: Callable[[], Mapping[str, str]],
        keep: Callable[[dict[str, str]], None],
    ) -> None:
        self._table, self._ask = table, ask
        self._written, self._keep = written, keep

    def actions(self) -> tuple[NamedAction, ...]:
        """By name."""
        return (
            NamedAction(
                name="chords.give",
                title="Give an action another key…",
                run=lambda: self._which("Which action?", self._actions, self._give),
                group="Help",
                words="keyboard shortcuts chords keys bind rebind",
            ),
            NamedAction(
                name="chords.take_back",
                title="Take back a key of your own…",
                run=lambda: self._which("Which action gets its own key again?", self._changed, self._back),
                enabled=lambda: bool(self._written()),
                why="all actions have the keys that they came with",
                words="keyboard shortcuts chords reset default unbind",
            ),
        )

    def _which(
        self, hint: str, among: Callable[[], Sequence[NamedAction]], then: Callable[[NamedAction], None]
    ) -> None:
        def choices() -> Sequence[Choice]:
            return [
                Choice(
                    title=action.title,
                    run=lambda action=action: then(action),
                    note=action.name,
                    keys=action.keys,
                    words=f"{action.name} {action.words}",
                )
                for action in among()
            ]

        self._ask(Question(hint=hint, choices=choices, icon=Icon.KEY))

    def _actions(self) -> tuple[NamedAction, ...]:
        return tuple(self._table)

    def _changed(self) -> tuple[NamedAction, ...]:
        names = set(self._written().values())
        return tuple(action for action in self._table if action.name in names)

    def _give(self, action: NamedAction) -> None:
        def typed(words: str) -> Choice:
            found = read_chord(words)
            if isinstance(found, str):
                return Choice(title=words.strip(), run=_nothing, icon=Icon.KEY, why=found)
            taken = self._table.by_chord(found)
            instead = f" instead of “{taken.title}”" if taken is not None and taken is not action else ""
            return Choice(
                title=f"{found} does this{instead}",
                run=lambda: self._bind(found, action),
                icon=Icon.KEY,
                why=chord_trouble(found, action.name),
            )

        self._ask(
            Question(
                hint=f"The key for “{action.title}”, as in {EXAMPLE}",
                choices=no_choices,
                icon=Icon.KEY,
                typed=typed,
                nothing=f"Type its name, as in {EXAMPLE} or F7.",
                foot="Enter takes it, Escape leaves all as it is. It is kept in config.toml.",
            )
        )

    def _bind(self, found: Chord, action: NamedAction) -> None:
        kept = self._without(lambda one, name: one != found and name != action.name)
        self._keep({**kept, str(found): action.name})

    def _back(self, action: NamedAction) -> None:
        self._keep(self._without(lambda _, name: name != action.name))

    def _without(self, stays: Callable[[Chord, str], bool]) -> dict[str, str]:
        """What is written, but for these; what cannot be read stays as it is."""
        found: dict[str, str] = {}
        for words, name in self._written().items():
            one = next(iter(own_chords({words: name}).actions), None)
            if one is None or stays(one, name):
                found[words] = name
        return found


def _nothing() -> None:
    """For words that are no chord."""
