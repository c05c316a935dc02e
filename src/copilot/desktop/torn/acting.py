"""What a panel in a window of its own may do: all of it is asked of the main window."""

import uuid
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path

from copilot.desktop.intake import Intake
from copilot.desktop.panels.actions import Actions
from copilot.desktop.panels.chooser import Question
from copilot.desktop.prompt_shelf import added
from copilot.desktop.thumbnails import Thumbnails
from copilot.desktop.torn import messages as m
from copilot.desktop.view_state import ViewState
from copilot.tokens.charging import Charging
from copilot.vocabulary.messages import Attachment

Tell = Callable[[m.ToWindow], None]


class AskingIntake(Intake):
    """Files for the composer: the main window reads them."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell

    def add(self, paths: Iterable[Path]) -> None:
        """Attach files."""
        self._tell(m.AttachFiles(paths=tuple(map(str, paths))))

    def add_picture(self) -> None:
        """Attach the picture in the clipboard."""
        self._tell(m.AttachFiles(paths=()))


def asking_actions(
    tell: Tell,
    facts: Callable[[], m.Facts],
    state: Callable[[], ViewState],
    thumbnails: Thumbnails,
    charging: Charging,
    ask: Callable[[Question], None],
) -> Actions:
    """The actions of a panel, which asks for choices and names by itself (`ask`).

    A message counts as taken where the window can take it as far as is known; one that it then refuses comes
    back (`NotTaken`).
    """

    def send(words: str, _attached: tuple[Attachment, ...]) -> bool:
        shown = state()
        if shown.project is None or shown.stopped:
            return False
        tell(m.SendMessage(words=words))
        return True

    return Actions(
        submit=lambda command: tell(m.Submit(command=command)),
        new_id=lambda: uuid.uuid4().hex,
        send=send,
        stop=lambda: tell(m.StopTurn()),
        model=lambda: facts().model,
        price=lambda model: charging.price(model, date.today()),
        old_prices=lambda: charging.old_since(date.today()),
        choose_model=lambda model: tell(m.ChooseModel(model=model)),
        open_models=lambda: tell(m.OpenDialog(name="models")),
        open_attach=lambda: tell(m.OpenDialog(name="attach")),
        thumbnail=thumbnails.texture,
        attached=lambda: facts().attached,
        sum_up=lambda: tell(m.OpenDialog(name="summary")),
        choose_files=lambda change: tell(m.ChooseNow(change=change)),
        dismiss=lambda: tell(m.Dismiss()),
        ask=ask,
        open_graph=lambda: tell(m.OpenDialog(name="graph")),
        open_several=lambda: tell(m.OpenDialog(name="several")),
        open_beside=lambda branches: tell(m.OpenBeside(branches=branches)),
        open_note=lambda source, target: tell(m.OpenNote(source=source, target=target)),
        insert=lambda words: tell(m.Drafted(words=added(facts().draft, words))),
    )
