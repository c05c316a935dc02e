"""One turn from its command to the loop: keep the message, build the context, choose the provider, send."""

from collections.abc import Callable, Collection
from math import ceil
from pathlib import Path

from copilot.ai.accounts import Accounts
from copilot.ai.assisting import name_of, under
from copilot.ai.attaching import keep_attachments, sendable
from copilot.ai.handing import Handing, tools_for
from copilot.ai.history import put_in_place
from copilot.ai.kit import Kit
from copilot.ai.mailbox import Mailbox
from copilot.ai.request_files import layout_of
from copilot.ai.turn_session import session_of
from copilot.ai.turns import Turns
from copilot.ai.voice import Voice
from copilot.context import aggregate, keeping
from copilot.context.aggregate import Aggregate
from copilot.context.making import left_out_of
from copilot.projects.branching import path_of
from copilot.providers.base import Cancelled
from copilot.tokens.estimator import factor
from copilot.tools.context import FilesSeen
from copilot.vocabulary.commands import RunTurn
from copilot.vocabulary.errors import CopilotError, ProjectError, StorageError
from copilot.vocabulary.events import ContextBuilt, Event, MessageKept, TurnStarted
from copilot.vocabulary.frozen import frozen, replace
from copilot.vocabulary.message_runs import Messages
from copilot.vocabulary.messages import Attachment, Message, Part, Text
from copilot.vocabulary.text import clean, sentences, without_keys, without_tags
from copilot.vocabulary.values import ModelChoice, Project


@frozen
class Company:
    """What a turn has beside it: where commands come in, the others that run, how tasks are handed over, and
    what shows events that were held back (see `telling`)."""

    mailbox: Mailbox
    turns: Turns
    handing: Handing
    let_out: Callable[[], None]


def build_context(
    kit: Kit, project: Project, branch: str, model: ModelChoice, cancelled: Cancelled, message: str = ""
) -> tuple[str, Aggregate, Path]:
    """What `gather_context` gives, and where it was written with the branch; raises StorageError as well."""
    md_content, built = gather_context(kit, project, branch, model, cancelled, message)
    return md_content, built, _keep_context(kit, project, branch, md_content)


def _keep_context(kit: Kit, project: Project, branch: str, md_content: str) -> Path:
    told = without_keys(aggregate.branch_markdown(project.discussion.path(branch)), kit.keys)
    return keeping.keep(kit.md_gen, project.name, (md_content, told), kit.clock())


def gather_context(
    kit: Kit, project: Project, branch: str, model: ModelChoice, cancelled: Cancelled, message: str = ""
) -> tuple[str, Aggregate]:
    """The cacheable prefix (system prompt and files), and the files in it.

    `message` is what the person asks. Files that it names, or a message before it on the branch, keep their
    views when not all fit: what was named once stays, so that the provider's cache does. A key of ours that
    a file or the prompt holds is neither written nor sent. Raises ProjectError where the base directory is
    missing, TurnCancelledError.
    """
    asked = [m for m in project.discussion.path(branch) if m.role == "user"]
    said = [part.text for m in asked for part in m.parts if isinstance(part, Text)]
    built = aggregate.run(
        project,
        cancelled,
        workshop=kit.workshop,
        message="\n".join((*said, message)),
        tokens_per_piece=factor(model.provider, model.model),
    )
    trusted = tuple((one.name, one.text) for one in kit.trust.instructions(project))
    prefix = aggregate.prefix(project, aggregate.files_markdown(built.items), kit.shell_note, trusted)
    return without_keys(prefix, kit.keys), replace(built, instructions=trusted)


def run_turn(
    command: RunTurn,
    kit: Kit,
    company: Company,
    emit: Callable[[Event], None],
    seen: FilesSeen,
    message_id: str = "",
) -> None:
    """Run the turn to its `TurnFinished`. Raises CopilotError or TurnCancelledError instead of that event.

    The branch is as the store holds it. `message_id` is the id of a message that waited and begins the turn.
    """
    voice = Voice(emit=emit, clock=kit.clock, worker=kit.name, turn_id=command.turn_id, branch=command.branch)

    def cancelled() -> bool:
        return company.mailbox.stopped(command.turn_id)

    # One that waited is asked with what was chosen meanwhile.
    chosen = under(command.assistant, kit.store.project if message_id else command.project)
    plain = command
    command = replace(command, project=replace(chosen, discussion=kit.store.project.discussion))
    history = path_of(command.project.discussion, command.branch)
    if not seen.known:  # nothing was read since the program began: what was read before, was read then
        seen.before = kit.tools.paths_seen(history)
    if command.resumes:
        history, message = _stands_there(history, command, voice)
    else:
        message = _keep_user_message(command, kit, voice, history, message_id)
    company.turns.said(command.branch, message.id)
    standing = put_in_place(history)
    for words in sendable(standing, command.model.provider, kit.attachments.there).left_out:
        voice.warn(f"Not sent: {words}")
    asked = replace(command.project, discussion=kit.store.project.discussion)
    md_content, built = gather_context(
        kit, asked, command.branch, command.model, cancelled, command.user_message
    )
    try:
        path = _keep_context(kit, asked, command.branch, md_content)
    except StorageError as error:  # the turn needs the context, not its copy
        path = Path()
        voice.warn(sentences(f"The context is not in {kit.md_gen}: {error}", error.hint))
    emit(context_event(kit, command.turn_id, asked, command.model, md_content, built, path))
    _note_views(built, seen, voice)
    tools = tools_for(plain, kit, company.handing, cancelled, voice.warn)
    session = session_of(command, kit, company.mailbox, voice, seen, history, tools, len(md_content))
    layout = layout_of(md_content, built, kit.keys)
    accounts = Accounts(kit, command.project, voice, layout, session.spending)
    session.answered = accounts.answered
    session.meanwhile.let_out = company.let_out
    session.spending.defer = session.meanwhile.add
    session.say_waiting = lambda say: company.turns.say(command.branch, say)
    session.waited = bool(message_id)
    try:
        session.send(md_content, message, Path(command.project.base_dir), tuple(built.items))
    except CopilotError:
        accounts.tell()  # an answer that broke off may have cost something
        raise


def _stands_there(history: Messages, command: RunTurn, voice: Voice) -> tuple[Messages, Message]:
    """What stands on the branch, and its last message, which is answered: a person's, or results of tools.

    Raises ProjectError where nothing there waits for an answer.
    """
    voice.say(TurnStarted, model=command.model, user_message="")
    if not history or history[-1].role == "assistant":
        raise ProjectError(f"nothing on the branch {command.branch!r} waits for an answer", "Say something.")
    return history[:-1], history[-1]


def context_event(
    kit: Kit,
    request_id: str,
    project: Project,
    model: ModelChoice,
    md_content: str,
    built: Aggregate,
    path: Path,
) -> ContextBuilt:
    """Where the context was written (no name: nowhere) and what is in it."""
    return ContextBuilt(
        at=kit.clock(),
        worker=kit.name,
        request_id=request_id,
        path=str(path) if path.name else "",
        files=tuple(item.path for item in built.items),
        characters=len(md_content),
        tokens=kit.estimate(md_content, model),
        skipped=built.skipped,
        stepped=aggregate.stepped(built, model_tokens(model)),
        budget=project.limits.max_context_tokens,
    )


def model_tokens(model: ModelChoice) -> Callable[[float], int]:
    """Tokens that the model makes of so many wordpieces; the same every time, whatever was learned since."""
    each = factor(model.provider, model.model)
    return lambda pieces: ceil(pieces * each)


def user_text(message: str, keys: Collection[str]) -> str:
    """A person's message as it is kept and sent."""
    return without_keys(without_tags(clean(message)), keys)


def parts_of_user(attachments: tuple[Attachment, ...], text: str) -> tuple[Part, ...]:
    """What a person's message is made of: models read best what stands behind the pictures it is about."""
    return (*attachments, *((Text(text=text),) if text.strip() else ()))


def _keep_user_message(
    command: RunTurn, kit: Kit, voice: Voice, history: Messages, message_id: str
) -> Message:
    """Keep the message, then show it: `TurnStarted` says it as well."""
    text = user_text(command.user_message, kit.keys)
    message = Message(
        id=message_id or kit.new_id(),
        parent=history[-1].id if history else None,
        role="user",
        parts=parts_of_user(command.attachments, text) or (Text(text=text),),
        at=kit.clock(),
        assistant=name_of(command),
    )
    try:
        keep_attachments(command.attachments, history, command.model.provider, kit.attachments)
        kit.store.keep_message(command.branch, message)
    finally:  # a turn whose message cannot be kept has begun, too: it ends as failed
        voice.say(
            TurnStarted,
            model=command.model,
            user_message=text,
            assistant=name_of(command),
            asked_by=command.handed.branch if command.handed else "",
        )
    said = clean(command.user_message)
    if said != without_tags(said):
        voice.warn("Hidden characters stood in the message (Unicode tags): the model does not get them.")
    if text != without_tags(said):
        voice.warn("A key of yours stood in the message; it was taken out before anything was kept or sent.")
    voice.emit(MessageKept(at=kit.clock(), worker=kit.name, branch=command.branch, message=message))
    return message


def _note_views(built: Aggregate, seen: FilesSeen, voice: Voice) -> None:
    if tagged := [item.path for item in built.items if left_out_of(item)]:
        voice.warn(
            f"Hidden characters stand in files ({', '.join(tagged[:6])}): the model does not get them."
        )
    for item in built.items:
        if item.view == "full" and not item.note:
            seen.known[item.path] = item.sha256
