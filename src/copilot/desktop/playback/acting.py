"""What panels may do in a recording: look around. What would change something is told to be impossible."""

from collections.abc import Callable
from datetime import date

from copilot.desktop.panels.actions import Actions, FromRecording
from copilot.desktop.panels.chooser import Question
from copilot.tokens.charging import Charging
from copilot.vocabulary.branch_commands import (
    DeleteBranch,
    DeleteMessages,
    EditMessage,
    ForkBranch,
    MergeNote,
    Regenerate,
    RenameBranch,
    SwitchBranch,
    UndoDiscussion,
)
from copilot.vocabulary.commands import ChooseFiles, Command, RunTurn, SetBudget
from copilot.vocabulary.run_commands import RedoRun, RestoreTo, UndoRun
from copilot.vocabulary.values import ModelChoice

READ_ONLY = "This is a recording: nothing in it can be changed, and nothing is sent."

_CHANGES = (
    *(ForkBranch, RenameBranch, DeleteBranch, EditMessage, DeleteMessages, MergeNote, Regenerate),
    *(UndoDiscussion, UndoRun, RedoRun, RestoreTo, ChooseFiles, SetBudget, RunTurn),
)
NOBODY = ModelChoice(provider="rehearsal", model="")


def looking_actions(
    new_id: Callable[[], str],
    switch: Callable[[str], None],
    note: Callable[[str], None],
    ask: Callable[[Question], None],
    model: Callable[[], ModelChoice],
    charging: Charging,
    recording: FromRecording,
) -> Actions:
    """Actions that change nothing. `switch` shows another branch; `note` tells the person something."""

    def refuse(*_what: object) -> None:
        note(READ_ONLY)

    def submit(command: Command) -> None:
        match command:
            case SwitchBranch(name=name):
                switch(name)
            case _ if isinstance(command, _CHANGES):
                note(READ_ONLY)
            case _:
                pass  # panels ask for what the recording need not have

    def nothing(*_what: object) -> None:
        return None

    return Actions(
        submit=submit,
        new_id=new_id,
        send=lambda _words, _attached: False,
        stop=nothing,
        insert=nothing,
        model=model,
        price=lambda one: charging.price(one, date.today()),
        old_prices=lambda: "",
        choose_model=refuse,
        open_models=refuse,
        open_attach=refuse,
        thumbnail=lambda _part: None,
        attached=tuple,
        sum_up=refuse,
        choose_files=refuse,
        dismiss=nothing,
        ask=ask,
        open_graph=refuse,
        open_several=refuse,
        open_beside=refuse,
        open_note=refuse,
        recording=recording,
    )
