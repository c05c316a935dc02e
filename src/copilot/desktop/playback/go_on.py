"""Going on from a moment of the recording: who answers is chosen here, the project's window does the rest."""

from collections.abc import Callable, Sequence

from copilot.assembly.surroundings import Surroundings
from copilot.desktop import text
from copilot.desktop.errands import Errands
from copilot.desktop.going_on import ask_to_go_on
from copilot.desktop.panels.chooser import Choice, Question
from copilot.desktop.widgets import Action, Icon
from copilot.projects.home import Home
from copilot.record.log_index import LogIndex
from copilot.vocabulary.errors import CopilotError
from copilot.vocabulary.frozen import frozen, replace
from copilot.vocabulary.values import ModelChoice


@frozen
class Beyond:
    """What lies beyond this window: who could go on, and the windows of projects. `open_project` may take
    seconds and gives the trouble there was, "" for none. Without `around` nothing can be gone on with."""

    models: Callable[[], Sequence[ModelChoice]]
    open_project: Callable[[str], str]
    around: Surroundings | None


NOTHING_BEYOND = Beyond(
    models=tuple, open_project=lambda name: f"The project {name} cannot be opened from here.", around=None
)


class GoOn:
    """`ask` who goes on from a number of the session; `note` tells what came of it."""

    def __init__(
        self,
        home: Home,
        errands: Errands,
        index: LogIndex,
        ask: Callable[[Question], None],
        note: Callable[[str], None],
        beyond: Beyond,
    ) -> None:
        self._home, self._errands, self._index = home, errands, index
        self._ask, self._note, self._beyond = ask, note, beyond

    def ask(self, step: int) -> None:
        """Choose a provider, and perhaps type another model of it."""
        models = tuple(self._beyond.models())

        def typed(words: str) -> Choice | None:
            name, _, model = words.strip().partition(" ")
            one = next((one for one in models if one.provider == name), None)
            if one is None or not model.strip():
                return None
            return self._choice(replace(one, model=model.strip()), step)

        self._ask(
            Question(
                hint=f"Who goes on from number {step:,}?",
                choices=lambda: [self._choice(one, step) for one in models],
                icon=Icon.MODEL,
                typed=typed,
                nothing="Type a provider and a model, as: openai gpt-5.5",
                foot="A new branch of the project; recorded results stand in until the histories part.",
            )
        )

    def _choice(self, model: ModelChoice, step: int) -> Choice:
        return Choice(
            title=text.one_line(model.model or model.provider, 80),
            note=model.provider if model.model else "the model that it serves",
            words=model.provider,
            icon=Icon.MODEL,
            run=self._goer(model, step),
        )

    def _goer(self, model: ModelChoice, step: int) -> Action:
        around = self._beyond.around
        if around is None:
            return lambda: self._note("Nothing can be gone on with from here.")

        def work() -> str:
            try:
                project = ask_to_go_on(self._home, self._index.logs, self._index.session, step, model, around)
            except CopilotError as error:
                return f"{error}. {error.hint}".strip()
            trouble = self._beyond.open_project(project)
            return trouble or f"{model.model} goes on from number {step:,} in the window of {project}."

        return lambda: self._errands.apart(work, self._note)
