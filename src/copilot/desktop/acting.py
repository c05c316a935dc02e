"""What a panel of the main window may do: by the controller, and by what else is on the screen."""

from collections.abc import Callable

from copilot.desktop.controller import Controller
from copilot.desktop.gate import Item
from copilot.desktop.panels.actions import Actions
from copilot.desktop.prompt_shelf import added
from copilot.desktop.workbench import Workbench
from copilot.vocabulary.messages import Attachment


def panel_actions(
    control: Controller, bench: Callable[[], Workbench], thumbnail: Callable[[Attachment], Item | None]
) -> Actions:
    """`bench` gives the workbench once it is made, of which these are a part."""

    def send(words: str, attached: tuple[Attachment, ...]) -> bool:
        if control.ready:
            bench().context.before_send(words)
        bench().discussion.sent()
        return control.send(words, attached)

    return Actions(
        submit=control.submit,
        new_id=control.new_id,
        send=send,
        stop=control.stop,
        model=lambda: control.answering,
        assistant=lambda: one.name if (one := control.assistant) is not None else "",
        price=control.price,
        old_prices=control.old_prices,
        choose_model=control.choose_model,
        open_models=lambda: bench().models.open(),
        open_attach=lambda: bench().attach.open(),
        thumbnail=thumbnail,
        attached=lambda: bench().composer.tray.parts,
        sum_up=lambda: bench().compact.open(),
        choose_files=control.choose_files,
        dismiss=control.dismiss,
        ask=lambda question: bench().chooser.open(question),
        open_graph=lambda: bench().graph.open(),
        open_several=lambda: bench().several.open(bench().composer.draft),
        open_beside=lambda branches: bench().beside.open(branches),
        open_note=lambda source, target: bench().note.open(source, target),
        insert=lambda words: bench().composer.insert(added(bench().composer.draft, words)),
    )
