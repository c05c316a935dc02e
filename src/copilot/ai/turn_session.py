"""What a turn is held with: its session with a model, and the world that its tools see."""

from pathlib import Path

from copilot.ai.accounts import spending_of
from copilot.ai.ai_client import ChatSession
from copilot.ai.assisting import name_of, root_of
from copilot.ai.cut_prompts import Counts
from copilot.ai.kit import Kit
from copilot.ai.mailbox import Mailbox
from copilot.ai.retry import Attempts
from copilot.ai.run_keeping import RunKeeper
from copilot.ai.stand_ins import StandIns
from copilot.ai.tool_runner import ToolRunner, ToolWorld
from copilot.ai.voice import Voice
from copilot.ai.weight import bulk
from copilot.providers.base import Cancelled, Patience, Provider
from copilot.tools.context import FilesSeen
from copilot.tools.registry import Tools
from copilot.vocabulary.commands import RunTurn
from copilot.vocabulary.frozen import replace
from copilot.vocabulary.message_runs import Messages
from copilot.vocabulary.values import Limits


def session_of(
    command: RunTurn,
    kit: Kit,
    mailbox: Mailbox,
    voice: Voice,
    seen: FilesSeen,
    history: Messages,
    tools: Tools,
    context_characters: int,
) -> ChatSession:
    """The session of a turn on the branch that `history` is, with a context of so many characters."""
    limits, asked = command.project.limits, command.model

    def cancelled() -> bool:
        return mailbox.stopped(command.turn_id)

    def characters() -> int:
        return context_characters + sum(len(bulk(message)) for message in history)

    world = _world(command, kit, mailbox, voice, seen, tools, cancelled)
    provider = kit.provider(asked)
    runner = ToolRunner(world=world, voice=voice, stand_ins=StandIns(command.recorded))
    gate = runner.gate("", "request")
    return ChatSession(
        model=kit.windows.answering(asked),
        provider=provider,
        attempts=attempts_with(kit, mailbox, provider, voice, limits),
        patience=patience(limits),
        runner=runner,
        spending=spending_of(kit, command.project, asked, voice, gate, root_of(command)),
        voice=voice,
        keep=lambda message: kit.store.keep_message(command.branch, message),
        keep_soon=lambda message: kit.store.keep_message(command.branch, message, sync=False),
        cancelled=cancelled,
        new_id=kit.new_id,
        estimate=lambda text: kit.estimate(text, asked),
        learn=Counts(kit=kit, model=asked, limits=limits, voice=voice, cancelled=cancelled),
        history=history,
        max_tool_rounds=limits.max_tool_rounds,
        output_characters=limits.output_characters,
        prompt_limit=kit.windows.limit(asked, limits, cancelled, characters),
        held=frozenset(command.project.discussion.held),
        attached=kit.attachments,
        assistant=name_of(command),
    )


def _world(
    command: RunTurn,
    kit: Kit,
    mailbox: Mailbox,
    voice: Voice,
    seen: FilesSeen,
    tools: Tools,
    cancelled: Cancelled,
) -> ToolWorld:
    base_dir = Path(command.project.base_dir)
    return ToolWorld(
        tools=tools,
        policy=command.policy,
        ask=lambda dialog: kit.previews.asking(dialog, voice, mailbox.decision),
        cancelled=cancelled,
        new_id=kit.new_id,
        base_dir=base_dir,
        scripts_dir=kit.scripts,
        session=kit.session,
        limits=command.project.limits,
        seen=seen,
        keys=kit.keys,
        turn_lock=lambda stop: kit.turn_lock(base_dir, stop),
        keeper=_keeper(kit, command.project.name, base_dir),
        previews=kit.previews,
        rules=kit.rules.judge_for(replace(command.project, rules=kit.store.project.rules)),
        binds=kit.rules.binds,
    )


def _keeper(kit: Kit, project: str, base_dir: Path) -> RunKeeper | None:
    return RunKeeper(runs=kit.runs(base_dir), project=project, keys=kit.keys) if kit.runs else None


def attempts_with(kit: Kit, mailbox: Mailbox, provider: Provider, voice: Voice, limits: Limits) -> Attempts:
    """How requests of the turn that `voice` speaks of are sent."""
    return Attempts(
        voice=voice,
        throttle=provider.throttle,
        cancelled=lambda: mailbox.stopped(voice.turn_id),
        hurried=lambda: mailbox.hurried(voice.turn_id),
        random=kit.random,
        most=limits.attempts,
        longest_wait=limits.longest_wait_seconds,
    )


def patience(limits: Limits) -> Patience:
    """How long an answer may take."""
    return Patience(
        first_byte=limits.first_byte_seconds,
        progress=limits.progress_seconds,
        answer=limits.answer_seconds,
    )
