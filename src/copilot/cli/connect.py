"""`copilot connect`: one turn on a server in this terminal, or the window of a project there."""

import argparse
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from copilot.cli import options
from copilot.cli.world import FAILED, USAGE, World
from copilot.vocabulary.errors import ConfigError, CopilotError
from copilot.vocabulary.text import clean
from copilot.vocabulary.values import PROVIDER_NAMES, ProviderName

if TYPE_CHECKING:
    from copilot.cli.sitting import Front
    from copilot.serve.client import Client
    from copilot.vocabulary.values import ModelChoice

NAME = "connect"
SUMMARY = "ask a copilot serve, or open its window, on this machine or another one"
ABOUT = """\
Ask one thing of a project on a server (copilot serve), or open the window on it. An answer goes to standard
output, everything else to standard error; scripts run on the server, and are shown and approved here. The
window shows all that happens in the project, whoever does it, and goes on where it was after the connection
broke; PROMPT then waits in it to be sent. SERVER is an address or the path of a socket. The token comes from
COPILOT_SERVE_TOKEN or a file, never from the command line.

examples:
  copilot connect https://team.example.org:8443 --token-file ~/.copilot-token window
  copilot connect https://team.example.org:8443 --token-file ~/.copilot-token ask "Why does test_parse fail?"
  copilot connect ~/.local/share/copilot/state/serve/copilot.sock --project shop ask "What is left to do?"
  git diff | copilot connect http://127.0.0.1:8123 ask "Review this change." -
  copilot connect http://127.0.0.1:8123 --continue ask "And in the other file?"
  copilot connect http://127.0.0.1:8123 --attach screenshot.png ask "Why is the button grey?"
"""
_FIRST_PROJECT = "main"


def add_options(parser: argparse.ArgumentParser) -> None:
    """Where to, what is asked there, and by whom it is answered."""
    parser.add_argument("server", metavar="SERVER", help="https://HOST:PORT, or the path of a socket")
    parser.add_argument("act", choices=("ask", "window"), metavar="WHAT", help="ask, or window")
    options.add_prompt(
        parser, "ask: send an image or a PDF of this machine with it; may be given several times"
    )
    group = parser.add_argument_group("server")
    group.add_argument("--token-file", type=Path, metavar="FILE", help="read the token from this file")
    group.add_argument(
        "--ca", type=Path, metavar="FILE", help="trust certificates that this one vouches for (PEM)"
    )
    group = parser.add_argument_group("discussion")
    group.add_argument(
        "--project",
        metavar="NAME",
        default="",
        help="a project there, made where there is none (the only one)",
    )
    group.add_argument("--branch", default="", metavar="NAME", help="ask: on this branch")
    group.add_argument(
        "--continue", dest="go_on", action="store_true", help="ask: go on where the newest discussion stands"
    )
    group = parser.add_argument_group("model")
    group.add_argument(
        "--provider", choices=PROVIDER_NAMES, metavar="NAME", help="who answers (the server's)"
    )
    group.add_argument("--model", metavar="NAME", default="", help="the model's name")
    group = parser.add_argument_group("output")
    group.add_argument("--json", action="store_true", help="ask: each event as a line of JSON (docs/ask.md)")
    group.add_argument("--verbose", "-v", action="store_true", help="ask: tell thinking, tokens and cost")


def run(args: argparse.Namespace, world: World) -> int:
    """Ask, and return the exit code that the turn's end calls for."""
    words: list[str] = args.prompt
    if args.act == "window":
        return _window(args, world)
    piped = "-" in words or not words
    prompt = clean(_said(words, world, piped=piped))
    if not prompt.strip():
        world.stderr.write('copilot connect: nothing was asked. Try: copilot connect SERVER ask "…"\n')
        return USAGE
    try:
        return _connected(args, world, prompt, piped=piped)
    except CopilotError as error:
        if args.json:
            from copilot.cli.ask_output import print_failure

            print_failure(error, world.stdout, world.clock())
        raise


def _window(args: argparse.Namespace, world: World) -> int:
    """Open the window, and stay until it is closed; 1 where there is no display. Raises CopilotError."""
    from copilot.cli.remote_window import can_show, show

    for option in ("attach", "branch", "go_on", "json", "verbose"):
        if getattr(args, option):
            named = "--continue" if option == "go_on" else f"--{option}"
            world.stderr.write(f"copilot connect: {named} goes with ask; the window has it by hand.\n")
            return USAGE
    if not can_show(args, world):
        return FAILED
    client = _client(args, world)
    try:
        model, project = _model(args, client), _project(args.project, client)
        return show(args, world, client, project, model, draft=clean(" ".join(args.prompt)))
    finally:
        client.close()


def _connected(args: argparse.Namespace, world: World, prompt: str, *, piped: bool) -> int:
    client = _client(args, world)
    try:
        return _ask(args, _front(args, world, piped=piped), client, prompt)
    finally:
        client.close()


def _client(args: argparse.Namespace, world: World) -> "Client":
    from copilot.serve.client import Client, token_of

    file = None if args.token_file is None else world.cwd / args.token_file.expanduser()
    ca = None if args.ca is None else world.cwd / args.ca.expanduser()
    return Client(args.server, token_of(world.environ, file), ca=ca)


def _said(words: list[str], world: World, *, piped: bool) -> str:
    if not piped:
        return " ".join(words)
    text = "" if world.stdin.isatty() else world.stdin.read()
    before = " ".join(word for word in words if word != "-")
    return f"{before}\n\n{text}" if before else text


def _front(args: argparse.Namespace, world: World, *, piped: bool) -> "Front":
    from copilot.cli.approve import controlling_terminal, find_person
    from copilot.cli.ask_output import print_event
    from copilot.cli.paint import paint_for
    from copilot.cli.sitting import Front
    from copilot.cli.terminal import Terminal

    paint = paint_for(world.stderr, world.environ, no_color=options.given_flag(args, "no_color"))
    person = find_person(world.stdin, world.stderr, stdin_is_prompt=piped, open_terminal=controlling_terminal)
    terminal = Terminal(
        out=world.stdout, err=world.stderr, paint=paint, verbose=args.verbose, answers=person is not None
    )
    return Front(
        world=world,
        paint=paint,
        person=person,
        show=(lambda event: print_event(event, world.stdout)) if args.json else terminal.show,
        for_programs=args.json,
    )


def _ask(args: argparse.Namespace, front: "Front", client: "Client", prompt: str) -> int:
    """One turn. Raises CopilotError for what the server refuses before it."""
    from copilot.cli import ask_branch, streams, turns
    from copilot.cli.ask_run import read_attachments
    from copilot.cli.enter_key import EnterKey
    from copilot.cli.interrupts import Interrupts
    from copilot.cli.sitting import approver
    from copilot.cli.world import exit_code
    from copilot.serve.remote import RemoteWorker
    from copilot.vocabulary.approvals import ApprovalPolicy
    from copilot.vocabulary.commands import CancelTurn, RunTurn
    from copilot.vocabulary.frozen import replace

    world, turn_id = front.world, front.world.new_id()
    attached = read_attachments(args.attach, world)
    model, project = _model(args, client), _project(args.project, client)
    worker = RemoteWorker(client, project)
    reader = turns.Reader(worker, front.show)
    with Interrupts(lambda: worker.submit(CancelTurn(turn_id=turn_id))) as interrupts:
        asks = approver(front, partial(turns.beside, reader), interrupts)
        worker.start()
        try:
            place = ask_branch.place_for(reader, world, prompt, named=args.branch, go_on=args.go_on)
            turn = RunTurn(
                turn_id=turn_id,
                project=place.project,
                branch=place.branch,
                user_message=place.prompt,
                model=model,
                policy=ApprovalPolicy(mode="ask", person=front.person is not None),
                attachments=tuple(client.attach(project, one.part.name, one.data) for one in attached),
            )
            keys = EnterKey(front.person.read) if front.person is not None else None
            ending = turns.run_turn(reader, turn, asks.ask, keys)
            if not worker.lost:
                ask_branch.leave(reader, place, world)
        finally:
            worker.stop()
    if reader.trouble is not None:
        streams.give_up(reader.trouble, world.stdout, world.stderr)
    return exit_code(replace(ending, interrupted=ending.interrupted or interrupts.count > 0))


def _model(args: argparse.Namespace, client: "Client") -> "ModelChoice":
    """What the options name, else what the server usually takes. Raises ConfigError."""
    from copilot.providers.catalog import DEFAULT_MODELS
    from copilot.vocabulary.values import ModelChoice

    usual = client.model()
    provider: ProviderName | None = args.provider or (usual.provider if usual is not None else None)
    if provider is None:
        raise ConfigError("the server has no usual model", "Name one: --provider and --model.")
    same = usual is not None and usual.provider == provider
    name: str = args.model or (
        usual.model if usual is not None and same else DEFAULT_MODELS.get(provider, "")
    )
    return ModelChoice(provider=provider, model=name)


def _project(named: str, client: "Client") -> str:
    """The project that is meant, which is there afterwards. Raises ConfigError where several may be."""
    there = client.projects()
    if not named and len(there) > 1:
        raise ConfigError(
            "there are several projects", f"Name one: --project. There are: {', '.join(there)}."
        )
    name = named or next(iter(there), _FIRST_PROJECT)
    if name not in there:
        client.create(name)
    return name
