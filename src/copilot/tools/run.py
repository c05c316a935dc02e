"""Running what the person approved: a Python file of the project, a script in the machine's shell."""

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, TypeVar

from copilot.shell import shell_runner
from copilot.shell.confine.fences import fenced
from copilot.shell.environment import child_environment
from copilot.shell.scripts import keep_script
from copilot.shell.shell_runner import Outcome
from copilot.shell.shells import Shell, script_bytes, script_suffix
from copilot.shell.work_folder import WorkFolder, held_folder
from copilot.storage.redaction import Redactor
from copilot.tools.argument import Argument
from copilot.tools.context import ToolContext
from copilot.tools.files import FilePath
from copilot.tools.opened import refuse_hidden, text_of
from copilot.tools.python_command import Machine, python_command
from copilot.tools.schema import Tool, tool
from copilot.tools.time_limit import time_limit
from copilot.vocabulary.approvals import PythonFileDetail, ScriptDetail
from copilot.vocabulary.diffs import told_change
from copilot.vocabulary.errors import ForbiddenPathError, StorageError, ToolError, TurnCancelledError
from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.text import holds_key, sentences
from copilot.vocabulary.values import ShellName
from copilot.workspace.boundary import Boundary, FileBytes
from copilot.workspace.names import shown

SHELL_WORDS: Mapping[ShellName, str] = {
    "pwsh": "PowerShell 7 (pwsh)",
    "powershell": "Windows PowerShell 5.1",
    "bash": "bash (this machine has no PowerShell)",
    "sh": "the POSIX sh (this machine has neither PowerShell nor bash)",
}
_MOST_ARGUMENTS = 200

ResultT = TypeVar("ResultT")


def python_tool(machine: Machine) -> Tool:
    """The tool `run_python_file`."""

    def run_python_file(
        ctx: ToolContext,
        *,
        path: FilePath,
        args: Annotated[
            list[str],
            Argument(max_length=_MOST_ARGUMENTS, description="Arguments, one string each; no shell."),
        ] = [],  # noqa: B006  # never changed; a plain list gives a plain schema
    ) -> str:
        """Run a Python file of the project in the base directory, without a shell and without input.

        The person sees the file and its arguments first. Gives exit code, standard output and error.
        """
        return _run_python(ctx, machine, path, args)

    return tool(run_python_file, gated=True)


def script_tool(shell: Shell, machine: Machine) -> Tool:
    """The tool `run_powershell`, or `run_shell` where the machine has no PowerShell."""

    def run_script(
        ctx: ToolContext,
        *,
        script: Annotated[str, Argument(min_length=1, description="The whole script.")],
    ) -> str:
        """Run a script in the base directory. It cannot ask for input: standard input is empty.

        The person reads it first and may change or reject it. Gives exit code, standard output and error.
        """
        return _run_script(ctx, shell, machine, script)

    return tool(
        run_script, gated=True, name=tool_name(shell), note=f"The shell is {SHELL_WORDS[shell.name]}."
    )


def tool_name(shell: Shell) -> str:
    """What the tool is called that runs scripts in this shell."""
    return "run_powershell" if shell.is_powershell else "run_shell"


def _run_script(ctx: ToolContext, shell: Shell, machine: Machine, script: str) -> str:
    if not script.strip():
        raise ToolError("the script is empty; nothing was run.")
    script_bytes(shell.name, script)  # refuses, before the person is asked, what could not run as shown
    _refuse_keys(ctx, script)
    with held_folder(ctx.base_dir) as work:
        return _run_script_in(ctx, shell, machine, script, work)


def _run_script_in(ctx: ToolContext, shell: Shell, machine: Machine, script: str, work: WorkFolder) -> str:
    """In the folder that is held while the person is asked: what its path leads to later does not matter."""
    approved = ctx.approve(
        ScriptDetail(
            script=script,
            shell=shell.name,
            shell_path=shell.path,
            cwd=str(ctx.base_dir),
            timeout_seconds=time_limit(ctx.limits, tool_name(shell), script_suffix(shell.name)),
            fence=ctx.fences.proposed(),
        )
    )
    _refuse_keys(ctx, approved.script)
    change = told_change("this script before running it", script, approved.script)
    if approved.applies:
        return Redactor(ctx.keys).text(change) + _applied(ctx, approved.applies, approved.script)
    outcome = _disk_told(
        lambda: shell_runner.run_script(
            shell,
            approved.script,
            folder=ctx.scripts_dir,
            session=ctx.session,
            work=work,
            environ=machine.environ,
            platform=machine.platform,
            timeout_seconds=approved.timeout_seconds,
            cancelled=ctx.cancelled,
            output=ctx.output,
            started=ctx.started,
            keys=ctx.keys,
            fences=ctx.fences,
            fence=approved.fence,
        )
    )
    return Redactor(ctx.keys).text(change) + _told(ctx, outcome)


def _run_python(ctx: ToolContext, machine: Machine, path: str, args: list[str]) -> str:
    if any("\0" in arg for arg in args):
        raise ToolError("an argument holds a NUL character; nothing was run.")
    _refuse_keys(ctx, "\n".join(args))
    boundary = Boundary(ctx.base_dir)
    file = boundary.read_bytes(path)
    real = file.path
    refuse_hidden(boundary, real)
    if not real.lower().endswith(".py"):
        raise ForbiddenPathError(f"{shown(path)} is not a .py file; nothing was run.")
    text = text_of(file, path).text
    _refuse_keys(ctx, text)
    with held_folder(ctx.base_dir) as work:
        return _run_file_in(ctx, machine, _Asked(path=path, args=args, file=file, text=text), work)


@frozen
class _Asked:
    """A Python file to run: as the model named it, and as it was read."""

    path: str
    args: Sequence[str]
    file: FileBytes
    text: str


def _run_file_in(ctx: ToolContext, machine: Machine, asked: _Asked, work: WorkFolder) -> str:
    real = asked.file.path
    detail = ctx.approve(
        PythonFileDetail(
            path=real,
            text=asked.text,
            sha256=asked.file.sha256,
            # a name that begins with a dash must not become an option
            argv=(*python_command(ctx.base_dir, machine), f"./{real}", *asked.args),
            cwd=str(ctx.base_dir),
            timeout_seconds=time_limit(ctx.limits, "run_python_file", real),
            fence=ctx.fences.proposed(),
        )
    )
    if detail.applies:
        return _applied(ctx, detail.applies, detail.text)
    kept = _disk_told(lambda: keep_script(ctx.scripts_dir, ctx.session, ".py", asked.file.data))
    work.check()
    if Boundary(ctx.base_dir).read_bytes(real).sha256 != detail.sha256:
        raise ForbiddenPathError(
            f"{shown(asked.path)} changed after it was shown to the person; it was not run."
        )
    ctx.started(str(kept.path), kept.sha256)
    extra = {"PYTHONUNBUFFERED": "1"}  # what it prints is shown while it runs
    env = child_environment(machine.environ, machine.platform, keys=ctx.keys, extra=extra)
    with fenced(ctx.fences, detail.fence, work.real, detail.argv, env) as fence:
        outcome = shell_runner.run(
            detail.argv,
            cwd=work.real,
            cwd_fd=work.fd,
            env=env,
            timeout_seconds=detail.timeout_seconds,
            cancelled=ctx.cancelled,
            output=ctx.output,
            keep_at=kept.path.with_suffix(""),
            new_filter=Redactor(ctx.keys).stream,
            fence=fence,
        )
    return _told(ctx, outcome)


def _applied(ctx: ToolContext, preview_id: str, text: str) -> str:
    """Commit a preview instead of running again; what it printed is now the model's to read."""
    ctx.started("", "")
    held = _disk_told(lambda: ctx.apply_preview(preview_id, text))
    what = f"The person previewed this, and applied the result: {len(held.changes):,} changes of the project."
    return f"{what}\n{_told(ctx, held.outcome)}"


def _refuse_keys(ctx: ToolContext, text: str) -> None:
    if holds_key(text, ctx.keys):
        raise ToolError("it holds one of the person's keys; nothing was run. Keys never go into scripts.")


def _disk_told(work: Callable[[], ResultT]) -> ResultT:
    """A full disk ends this call, not the turn."""
    try:
        return work()
    except StorageError as error:
        raise ToolError(sentences(str(error), error.hint)) from error


def _told(ctx: ToolContext, outcome: Outcome) -> str:
    """What the model reads. Raises TurnCancelledError where the person stopped the turn."""
    ctx.report.exit_code = outcome.exit_code
    if outcome.cancelled:
        raise TurnCancelledError("stopped while it ran")
    code = "no exit code" if outcome.exit_code is None else f"exit code {outcome.exit_code}"
    lines = [f"{code} after {outcome.seconds:.1f} s", *outcome.notices]
    for name, text in (("stdout", outcome.stdout), ("stderr", outcome.stderr)):
        lines.append(f"{name}:\n{text.rstrip()}" if text.strip() else f"{name}: (empty)")
    return "\n".join(lines)
