"""Our tools for other programs: boundary, gate, rules, logs and undo as for a model, and nobody to ask.

No project is opened for writing, so a window may have it open meanwhile.
"""

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

from copilot.ai.policy.book import RuleBook
from copilot.ai.run_keeping import RunKeeper
from copilot.ai.tool_runner import ToolRunner, ToolWorld
from copilot.ai.trust_book import TrustBook
from copilot.ai.voice import Voice
from copilot.assembly.context_source import context_source
from copilot.assembly.fencing import previews_of
from copilot.assembly.keys_held import HeldKeys
from copilot.assembly.locking import turn_lock
from copilot.assembly.runs_shelf import runs_shelf
from copilot.assembly.session_log import session_log
from copilot.assembly.surroundings import Surroundings
from copilot.assembly.workshop import workshop
from copilot.context import aggregate
from copilot.projects.config import load_settings
from copilot.projects.home import Home
from copilot.projects.trust_file import TrustFile
from copilot.record.session_logger import SessionLogger
from copilot.shell.shells import find_shells
from copilot.tools.argument import Argument
from copilot.tools.context import FilesSeen, ToolContext
from copilot.tools.registry import Tools, default_tools
from copilot.tools.schema import tool
from copilot.vocabulary.approvals import ApprovalPolicy, ConfirmDialog, Decision
from copilot.vocabulary.errors import TurnCancelledError
from copilot.vocabulary.events import ToolCallRequested, WorkerStarted, WorkerStopped
from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.messages import JsonValue, ToolCall
from copilot.vocabulary.release import program_version
from copilot.vocabulary.values import Project

OFFERED = (
    *("get_context", "list_directory", "directory_tree", "read_file", "search_files", "search_text"),
    *("get_file_summary", "run_python_file", "run_powershell", "run_shell"),
)
"""What others may call; files are changed by their own means, or by scripts that a rule lets pass."""
WORKER = "mcp"
NOBODY_ASKED = ApprovalPolicy(mode="ask", person=False)


@frozen
class Serving:
    """Tools at work in one base directory. `call` may be used from several threads."""

    project: Project
    tools: Tools
    notices: tuple[str, ...]
    logger: SessionLogger
    clock: Callable[[], float]
    new_id: Callable[[], str]
    world: Callable[[Callable[[], bool]], ToolWorld]

    def call(
        self, name: str, arguments: dict[str, JsonValue], cancelled: Callable[[], bool]
    ) -> tuple[str, bool]:
        """What a call gave, and whether that is a failure. It is in the session's log before it is done."""
        turn_id = self.new_id()
        voice = Voice(emit=self.logger.event, clock=self.clock, worker=WORKER, turn_id=turn_id, branch="")
        call = ToolCall(call_id=turn_id, name=name, arguments=arguments)
        voice.say(ToolCallRequested, call_id=turn_id, name=name, arguments=arguments)
        result, finished = ToolRunner(world=self.world(cancelled), voice=voice).run(call)
        voice.emit(finished)
        return result.output, result.status != "ok"

    def close(self) -> None:
        """End the log."""
        self.logger.event(WorkerStopped(at=self.clock(), worker=WORKER, reason="shutdown"))
        self.logger.close()


def serve_tools(around: Surroundings, home: Home, name: str, base_dir: Path | None) -> Serving:
    """The tools for the project `name`, that of the folder, or the folder alone; no project is made.

    Raises ConfigError, ProjectError, StorageError.
    """
    settings, notices = load_settings(home)
    keys = HeldKeys(around.environ, home, around.vault)
    source = context_source(around, home, name, base_dir or (None if name else around.cwd), named=True)
    project, root = source.project, Path(source.project.base_dir)
    shells = find_shells(around.environ, around.platform, never_in=(root,))
    shell = shells[0] if shells else None
    trust = TrustBook(TrustFile(home.state / "trust.json"))
    rules = RuleBook(settings.rules, shell.name if shell else "sh", trust.trusts)
    previews = previews_of(home, around.environ, around.platform, settings.run, keys)
    shelf = runs_shelf(home, around.clock, keys, settings.snapshots)
    tools = default_tools(shell, environ=around.environ, platform=around.platform)
    tools = tools.with_first(tool(context_tool(around, home, project, keys), gated=False)).only(OFFERED)
    lock = turn_lock(home.state / "locks")
    with ExitStack() as failed:
        logger = session_log(around, home, keys, settings)
        failed.callback(logger.close)
        logger.event(WorkerStarted(at=around.clock(), worker=WORKER, version=program_version()))

        def world(cancelled: Callable[[], bool]) -> ToolWorld:
            return ToolWorld(
                tools=tools,
                policy=NOBODY_ASKED,
                ask=_nobody,
                cancelled=cancelled,
                new_id=around.new_id,
                base_dir=root,
                scripts_dir=home.scripts,
                session=logger.session,
                limits=project.limits,
                seen=FilesSeen(),
                keys=keys,
                turn_lock=lambda stop: lock(root, stop),
                keeper=RunKeeper(runs=shelf(root), project=project.name, keys=keys),
                rules=rules.judge_for(project),
                binds=rules.binds,
                previews=previews,
            )

        failed.pop_all()
    return Serving(
        project=project,
        tools=tools,
        notices=tuple(dict.fromkeys((*notices, *source.notices, *rules.ready(project).notices))),
        logger=logger,
        clock=around.clock,
        new_id=around.new_id,
        world=world,
    )


def _nobody(dialog: ConfirmDialog) -> Decision:
    raise TurnCancelledError(f"nobody is there to answer {dialog.request_id}")


def context_tool(around: Surroundings, home: Home, project: Project, keys: HeldKeys) -> Callable[..., str]:
    """The tool `get_context`."""

    def get_context(
        ctx: ToolContext,
        *,
        message: Annotated[
            str, Argument(description="What is asked; files that it names keep their full view.")
        ] = "",
    ) -> str:
        """The files that the person chose for this project, as Markdown, within their budget."""
        shop = workshop(home, around.environ, ctx.base_dir, around.clock, keys, window=around.window)
        built = aggregate.run(project, ctx.cancelled, workshop=shop, message=message)
        return aggregate.files_markdown(built.items)

    return get_context
