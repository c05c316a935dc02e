"""`copilot policy`: which rules say what runs unasked, whether they hold, and what they say of a command."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, cast

from copilot.cli import options
from copilot.cli.paint import Paint, paint_for
from copilot.cli.rule_words import rule_line
from copilot.cli.world import FAILED, USAGE, World
from copilot.vocabulary.text import visible
from copilot.vocabulary.values import ShellName

if TYPE_CHECKING:
    from copilot.assembly.policing import Bench
    from copilot.vocabulary.approvals import ApprovalDetail

NAME = "policy"
SUMMARY = "list, check and try the rules for what runs unasked"
ABOUT = """\
Rules are [[policy]] tables in config.toml: a tool, a command, paths or effects, and allow, deny or ask. The
strictest wins; each statement of a script is judged by itself; what no rule allows, and what was not
understood, asks. A project's own rules count only where you trust them (copilot trust).

  list     the rules that count, and those that do not with the reason
  check    hold every rule against its own examples; 1 where one does not hold
  test     what the rules say of a command, or of a path to write; 0 where it would run unasked, else 3

examples:
  copilot policy
  copilot policy check
  copilot policy test "git log --oneline | head"
  copilot policy test --write src/app.py
"""
_ACTS = ("list", "check", "test")
_SHELLS: tuple[ShellName, ...] = ("pwsh", "powershell", "bash", "sh")
NOT_UNASKED = 3


def add_options(parser: argparse.ArgumentParser) -> None:
    """What is done, and with which command."""
    parser.add_argument(
        "act", nargs="?", default="list", choices=_ACTS, metavar="WHAT", help=", ".join(_ACTS)
    )
    parser.add_argument("command", nargs="*", metavar="COMMAND", help="for test: the script, in quotes")
    parser.add_argument("--write", metavar="PATH", help="for test: a file that would be written")
    parser.add_argument("--shell", choices=_SHELLS, help="the shell that would run it (this machine's first)")
    options.add_project(parser)


def run(args: argparse.Namespace, world: World) -> int:
    """Do it."""
    command = " ".join(args.command)
    if (args.act == "test") != bool(command or args.write):
        world.stderr.write('copilot policy: test takes a command. Try: copilot policy test "git log"\n')
        return USAGE
    paint = paint_for(world.stdout, world.environ, no_color=options.given_flag(args, "no_color"))
    bench = bench_of(args, world, cast("ShellName | None", args.shell))
    for notice in bench.notices:
        world.stderr.write(f"! {visible(notice)}\n")
    match args.act:
        case "test":
            return _test(bench, _asked(command, args.write, bench), world, paint)
        case "check":
            return _check(bench, world)
        case _:
            return _list(bench, world, paint)


def bench_of(args: argparse.Namespace, world: World, shell: ShellName | None = None) -> "Bench":
    """What counts in the project that the options name."""
    from copilot.assembly.policing import policy_bench
    from copilot.cli import opening

    around = opening.around_of(world)
    name = options.given(args, "project") or ""
    return policy_bench(around, opening.home_of(args, world), name, opening.base_dir_of(args, world), shell)


def _list(bench: "Bench", world: World, paint: Paint) -> int:
    used = bench.rules.ready(bench.project).rules
    for one in used:
        whose = paint.dim("  of this project") if one.source == "project" else ""
        world.stdout.write(f"{rule_line(one.rule, paint)}{whose}\n")
    if bench.project.rules and not bench.trust.trusts(bench.project):
        many = "1 rule" if len(bench.project.rules) == 1 else f"{len(bench.project.rules)} rules"
        world.stdout.write(f"{many} of this project do not count: not trusted (copilot trust)\n")
    if not used:
        world.stdout.write("No rule counts: every change and every script asks.\n")
    return 0


def _check(bench: "Bench", world: World) -> int:
    ready = bench.rules.ready(bench.project)
    examples = sum(len(one.rule.examples) + len(one.rule.counterexamples) for one in ready.rules)
    if bench.notices:
        return FAILED
    world.stdout.write(f"{len(ready.rules)} rules hold, {examples} examples tried.\n")
    return 0


def _asked(command: str, write: str | None, bench: "Bench") -> "tuple[str, ApprovalDetail]":
    from copilot.vocabulary.approvals import FileWriteDetail, ScriptDetail

    if write:
        path = Path(write).as_posix()
        return "write_file", FileWriteDetail(path=path, content="", diff="", creates=False)
    tool = "run_powershell" if bench.shell in ("pwsh", "powershell") else "run_shell"
    script = ScriptDetail(
        script=command,
        shell=bench.shell,
        shell_path=bench.shell,
        cwd=bench.project.base_dir,
        timeout_seconds=bench.project.limits.script_seconds,
    )
    return tool, script


def _test(bench: "Bench", asked: "tuple[str, ApprovalDetail]", world: World, paint: Paint) -> int:
    said = bench.rules.judge_for(bench.project)(*asked)
    colour = {"allow": paint.green, "deny": paint.red, "ask": paint.yellow}[said.verdict]
    why = said.why or "no rule counts, so everything asks"
    world.stdout.write(f"{colour(said.verdict)}  {visible(why, keep='')}\n")
    for piece in bench.rules.asked(*asked).pieces:
        effects = ", ".join(piece.effects) or "only computes or prints"
        text = visible(" ".join(piece.text.split()), keep="")
        world.stdout.write(paint.dim(f"  {piece.first_line:4}  {text}  ({effects})") + "\n")
    return 0 if said.verdict == "allow" else NOT_UNASKED
