"""`copilot assistants`: named profiles, and several of them at work at once."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, cast, get_args

from copilot.cli import options
from copilot.cli.paint import Paint, paint_for
from copilot.cli.world import USAGE, World
from copilot.vocabulary.assistants import Assistant
from copilot.vocabulary.errors import ConfigError
from copilot.vocabulary.frozen import replace
from copilot.vocabulary.text import visible
from copilot.vocabulary.values import FileChoice, ProviderName, View

if TYPE_CHECKING:
    from copilot.assembly.assistants_here import AssistantsHere
    from copilot.projects.home import Home

NAME = "assistants"
SUMMARY = "keep named profiles, and have several of them work at once"
ABOUT = """\
An assistant is a profile with a name: instructions, who answers, which tools it may use, which files it sees.
Yours stand in config.toml as [assistants.NAME]; those of a folder are its .copilot/assistants/NAME.md, which
count once you trust them (copilot trust). Each one that runs is a worker of its own, on a branch of the
project that is named after it; what it changes asks you like everything else. docs/assistants.md says more.

  list     those that there are (the usual)
  show     what one is, as it stands in its file
  create   make one; with --here in the folder, for everybody who works there
  edit     change what is said in options; without any, its instructions in your editor
  delete   take one out; what its branches hold stays
  run      have one or several work on a task, all at once

examples:
  copilot assistants create reviewer --about "Reviews changes" --tools 'read_*' --tools 'search_*' \\
      --instructions "Look for what breaks. Name file and line."
  copilot assistants create lead --may-ask reviewer --may-ask tester --provider anthropic
  copilot assistants create tester --here --instructions "Run the tests; explain each failure."
  copilot assistants run reviewer "Review src/parser.py."
  copilot assistants run reviewer tester lead "Is release 2.0 ready?"
  git diff | copilot assistants run reviewer tester "What does this change break?" -
  copilot assistants run --each reviewer="Review src/" --each tester="Run the tests."
"""
_ACTS = ("list", "show", "create", "edit", "delete", "run")
_FIELDS = ("about", "instructions", "provider", "model", "tools", "files", "may_ask")


def add_options(parser: argparse.ArgumentParser) -> None:
    """What is done, and with which assistants."""
    parser.add_argument(
        "act", nargs="?", default="list", choices=_ACTS, metavar="WHAT", help=", ".join(_ACTS)
    )
    parser.add_argument(
        "words", nargs="*", metavar="NAME", help="of the assistant; for run of several, and then the task"
    )
    group = parser.add_argument_group("profile (create, edit)")
    group.add_argument("--about", metavar="LINE", help="what it is for: other assistants are told so")
    group.add_argument(
        "--instructions", metavar="TEXT", help="what it is told beside the project's own prompt"
    )
    group.add_argument(
        "--instructions-file", type=Path, metavar="FILE", help="the same, from a file (- for standard input)"
    )
    group.add_argument(
        "--tools", action="append", metavar="GLOB", help="tools that it may use (all without it); repeatable"
    )
    group.add_argument(
        "--file",
        action="append",
        metavar="GLOB",
        help="files that it sees (the project's without it); repeatable",
    )
    group.add_argument(
        "--view", choices=get_args(View)[:3], metavar="VIEW", help="how: full, summary or names"
    )
    group.add_argument(
        "--may-ask", action="append", metavar="NAME", help="whom it may hand tasks to; a glob; repeatable"
    )
    group.add_argument(
        "--here",
        action="store_true",
        help="for create: in the folder's .copilot/assistants, not in config.toml",
    )
    group.add_argument(
        "--clear", action="append", choices=_FIELDS, metavar="FIELD", help="take out: " + ", ".join(_FIELDS)
    )
    _add_run(parser)
    options.add_project(parser)
    options.add_model(parser)


def _add_run(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("run")
    group.add_argument(
        "--each", action="append", metavar="NAME=TASK", help="a task of its own for this one; repeatable"
    )
    group.add_argument("--approve", choices=("all", "none"), help="as for copilot ask")
    group.add_argument("--unconfined", action="store_true", help="as for copilot ask")
    group.add_argument(
        "--dry-run", action="store_true", help="show what would be changed, and change nothing"
    )
    group.add_argument(
        "--max-rounds",
        type=options.positive,
        metavar="N",
        help="requests to the model at most, for each (10)",
    )
    group.add_argument("--verbose", "-v", action="store_true", help="tell tokens and thinking as well")
    group.add_argument(
        "--json",
        action="store_true",
        help="print the events, one JSON object a line, each with its assistant",
    )


def run(args: argparse.Namespace, world: World) -> int:
    """Do it; 2 for what makes no sense."""
    from copilot.cli.opening import home_of

    words: list[str] = args.words
    if args.act == "run":
        from copilot.cli.assistants_run import run_several

        return run_several(args, world, words)
    if (args.act == "list") != (not words) or len(words) > 1:
        told = "list takes no name" if args.act == "list" else f"{args.act} takes the name of one assistant"
        world.stderr.write(f"copilot assistants: {told}. Try: copilot assistants --help\n")
        return USAGE
    home = home_of(args, world)
    paint = paint_for(world.stdout, world.environ, no_color=options.given_flag(args, "no_color"))
    here = known_here(args, world)
    match args.act:
        case "list":
            _list(here, world, paint)
        case "show":
            _show(found(here, words[0]), world)
        case "create":
            _create(args, world, home, here, words[0])
        case "edit":
            return _edit(args, world, home, here, found(here, words[0]))
        case _:
            _delete(world, home, here, words[0])
    return 0


def known_here(args: argparse.Namespace, world: World) -> "AssistantsHere":
    """Those that may be asked here; what is wrong with others is told."""
    from copilot.assembly.assistants_here import assistants_here
    from copilot.cli import opening

    name = options.given(args, "project") or ""
    base_dir = opening.base_dir_of(args, world)
    here = assistants_here(opening.around_of(world), opening.home_of(args, world), name, base_dir)
    for notice in here.notices:
        world.stderr.write(f"! {visible(notice)}\n")
    return here


def found(here: "AssistantsHere", name: str) -> Assistant:
    """The one of this name. Raises ConfigError."""
    known = here.known
    one = next((one for one in known if one.name == name), None)
    waiting = next((item for item in here.waiting if Path(item.name).stem == name), None)
    if one is None and waiting is not None:
        raise ConfigError(
            f"{visible(waiting.name, keep='')} makes no assistant that can be asked",
            "It is not trusted, or something in it is wrong: copilot trust shows it.",
        )
    if one is None:
        guess = options.did_you_mean(name, [one.name for one in known])
        raise ConfigError(
            f"there is no assistant {visible(name, keep='')!r}{guess}",
            "copilot assistants list names those that there are; create makes one.",
        )
    return one


def _list(here: "AssistantsHere", world: World, paint: Paint) -> None:
    known = here.known
    if not known and not here.waiting:
        world.stdout.write("There are no assistants yet. Try: copilot assistants create reviewer\n")
    wide = max((len(one.name) for one in known), default=0)
    for one in known:
        who = f"{one.provider}/{one.model}" if one.model else one.provider or "the chosen model"
        tools = "all tools" if one.tools is None else ", ".join(one.tools) or "no tools"
        whose = "; of this folder" if one.project else ""
        facts = paint.dim(visible(f"{who}; {tools}{whose}", keep=""))
        about = f"{visible(one.about, keep='')}  " if one.about else ""
        world.stdout.write(f"{paint.bold(one.name)}{' ' * (wide - len(one.name))}  {about}{facts}\n")

    for item in here.waiting:
        name = visible(item.name, keep="")
        world.stdout.write(f"{paint.dim(f'{name}: not used (copilot trust shows it)')}\n")


def _show(one: Assistant, world: World) -> None:
    from copilot.projects.assistant_pages import page_text
    from copilot.projects.assistant_tables import assistant_toml

    world.stdout.write(visible(page_text(one) if one.project else assistant_toml(one)))


def _create(args: argparse.Namespace, world: World, home: "Home", here: "AssistantsHere", name: str) -> None:
    from copilot.projects.assistant_edit import create_assistant

    one = _as_said(args, world, Assistant(name=name))
    if args.here:
        path = here.keep(one, new=True)
        world.stdout.write(f"Made {visible(str(path), keep='')}, trusted as it is.\n")
    else:
        create_assistant(home, one)
        world.stdout.write(f"Made [assistants.{name}] in {visible(str(home.config), keep='')}.\n")
    world.stdout.write(f'Try it: copilot assistants run {name} "…"\n')


def _edit(
    args: argparse.Namespace, world: World, home: "Home", here: "AssistantsHere", one: Assistant
) -> int:
    from copilot.projects.assistant_edit import edit_assistant

    new = _as_said(args, world, one)
    if new == one and not _said_anything(args):
        if not (world.stdin.isatty() and world.stderr.isatty()):
            world.stderr.write(
                "copilot assistants: say in options what is to be changed, or edit in a terminal\n"
            )
            return USAGE
        new = replace(one, instructions=_in_editor(one.instructions, world))
    if new == one:
        world.stdout.write("Nothing changed.\n")
        return 0
    if one.project:
        path = here.keep(new, new=False)
        world.stdout.write(f"Changed {visible(str(path), keep='')}, trusted as it is.\n")
        return 0
    edit_assistant(home, new)
    world.stdout.write(f"Changed [assistants.{one.name}] in {visible(str(home.config), keep='')}.\n")
    return 0


def _delete(world: World, home: "Home", here: "AssistantsHere", name: str) -> None:
    from copilot.projects.assistant_edit import delete_assistant

    if any(one.name == name and one.project for one in here.known):
        path = here.delete(name)
        world.stdout.write(f"Removed {visible(str(path), keep='')}. Its branches stay where they are.\n")
        return
    delete_assistant(home, name)
    world.stdout.write(f"Took {name} out of config.toml. Its branches stay where they are.\n")


def _said_anything(args: argparse.Namespace) -> bool:
    said = (args.about, args.instructions, args.instructions_file, args.tools, args.file, args.may_ask)
    named = options.given(args, "provider") or options.given(args, "model")
    return bool(args.clear or named or any(one is not None for one in said))


def _as_said(args: argparse.Namespace, world: World, one: Assistant) -> Assistant:
    """The profile with what the options say. Raises ConfigError for a file that cannot be read."""
    cleared = {name: getattr(Assistant(name=""), name) for name in args.clear or ()}
    one = replace(one, **cleared)
    if args.about is not None:
        one = replace(one, about=args.about)
    if args.instructions is not None or args.instructions_file is not None:
        one = replace(one, instructions=_instructions(args, world))
    if (provider := options.given(args, "provider")) is not None:
        model = one.model if provider == one.provider else ""
        one = replace(one, provider=cast(ProviderName, provider), model=model)
    if (model := options.given(args, "model")) is not None:
        one = replace(one, model=model)
    if args.tools is not None:
        one = replace(one, tools=tuple(word for word in args.tools if word))
    if args.file is not None:
        view: View = args.view or "full"
        one = replace(one, files=tuple(FileChoice(pattern=word, view=view) for word in args.file if word))
    if args.may_ask is not None:
        one = replace(one, may_ask=tuple(word for word in args.may_ask if word))
    return one


def _instructions(args: argparse.Namespace, world: World) -> str:
    file: Path | None = args.instructions_file
    if file is None:
        return cast(str, args.instructions)
    if str(file) == "-":
        return world.stdin.read()
    path = world.cwd / file.expanduser()
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read: {error}", "Name a file of UTF-8 text.") from error


def _in_editor(text: str, world: World) -> str:
    """The text after the person's editor. Raises ConfigError where that did not work."""
    import subprocess

    from copilot.cli.editor import edited
    from copilot.cli.interrupts import Interrupts

    try:
        with Interrupts(lambda: None) as interrupts:
            after = edited(text, ".md", world.environ, interrupts, (world.stdin, world.stderr))
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        raise ConfigError(f"the editor did not work: {error}", "Say the text with --instructions.") from error
    return text if after == text + "\n" else after
