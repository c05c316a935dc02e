"""`copilot mcp`: servers whose tools a model may use, and our own tools for other programs."""

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING

from copilot.cli import options
from copilot.cli.paint import Paint, paint_for
from copilot.cli.world import FAILED, INTERRUPTED, USAGE, World
from copilot.vocabulary.text import visible
from copilot.vocabulary.trusts import TrustState

if TYPE_CHECKING:
    from copilot.assembly.mcp_bench import McpBench
    from copilot.tools.mcp_tools import Offers
    from copilot.vocabulary.mcp import McpServer

NAME = "mcp"
SUMMARY = "use the tools of MCP servers, and offer ours to other programs"
ABOUT = """\
MCP servers are programs, or addresses, that offer tools. Those in config.toml ([mcp_servers.NAME]) are yours;
those of a folder's .mcp.json count once you trust that file (copilot trust). What a server says of its tools
is read by the model: no tool is offered before you have trusted these very words, and each call asks.

  serve    offer our reading tools, context and scripts on standard input and output (the usual
           where that is no terminal); without a person, only what your rules let pass is run
  list     the servers (the usual in a terminal)
  test     connect, and show what a server says of its tools
  trust    the same, and trust these words from now on
  add      write a server to config.toml
  remove   take it out again

examples:
  copilot mcp add files -- npx -y @modelcontextprotocol/server-filesystem .
  copilot mcp add tickets --url https://example.org/mcp --header 'Authorization=Bearer ${TICKETS_TOKEN}'
  copilot mcp test files
  copilot mcp trust files
  copilot mcp serve --base-dir ~/work/app      what another program is told to start
"""
_ACTS = ("serve", "list", "test", "trust", "add", "remove")
_TOLD: dict[TrustState, str] = {
    "asked": "its words not trusted yet: copilot mcp trust {name}",
    "trusted": "its words trusted",
    "refused": "its words refused",
}
_NAMED = ("test", "trust", "add", "remove")


def add_options(parser: argparse.ArgumentParser) -> None:
    """What is done, and with which server."""
    parser.add_argument("act", nargs="?", choices=_ACTS, metavar="WHAT", help=", ".join(_ACTS))
    parser.add_argument("name", nargs="?", default="", metavar="NAME", help="of the server")
    parser.add_argument(
        "command", nargs="*", metavar="COMMAND", help="for add: what starts the server, behind --"
    )
    parser.add_argument("--url", default="", help="for add: where the server is, instead of a command")
    parser.add_argument(
        "--env", action="append", default=[], metavar="NAME=VALUE", help="for add: what its process is given"
    )
    parser.add_argument(
        "--header", action="append", default=[], metavar="NAME=VALUE", help="for add: sent with each request"
    )
    options.add_project(parser)


def run(args: argparse.Namespace, world: World) -> int:
    """Do it; 1 where a server cannot be used, 2 for what makes no sense."""
    act: str = args.act or ("list" if world.stdin.isatty() else "serve")
    if (act in _NAMED) != bool(args.name):
        told = f"{act} takes the name of a server" if act in _NAMED else f"{act} takes no name"
        world.stderr.write(f"copilot mcp: {told}. Try: copilot mcp --help\n")
        return USAGE
    match act:
        case "serve":
            return _serve(args, world)
        case "add":
            return _add(args, world)
        case "remove":
            return _remove(args, world)
        case "list":
            return _list(args, world)
        case _:
            return _test(args, world, trusts=act == "trust")


def _serve(args: argparse.Namespace, world: World) -> int:
    """Nothing but the protocol goes to standard output."""
    from copilot.cli import opening
    from copilot.cli.interrupts import Interrupts
    from copilot.tools.mcp_servers import NOT_INSTALLED

    try:
        from copilot.cli.mcp_serve import serve
    except ImportError:
        world.stderr.write(f"copilot mcp: {NOT_INSTALLED}\n")
        return FAILED
    from copilot.assembly.mcp_serving import serve_tools

    home = opening.home_of(args, world).make()
    name = options.given(args, "project") or ""
    serving = serve_tools(opening.around_of(world), home, name, opening.base_dir_of(args, world))
    for notice in serving.notices:
        world.stderr.write(f"! {visible(notice)}\n")

    def end() -> None:
        """Whoever waits for the next line would wait until standard input is closed."""
        serving.close()
        os._exit(INTERRUPTED)

    with Interrupts(end):
        try:
            serve(serving)
        finally:
            serving.close()
    return 0


def _add(args: argparse.Namespace, world: World) -> int:
    from copilot.cli import opening
    from copilot.projects.mcp_edit import add_server
    from copilot.projects.mcp_tables import KEY, servers_in

    command: list[str] = args.command
    pairs = {kind: [one.partition("=") for one in getattr(args, kind)] for kind in ("env", "header")}
    wrong = next((f"--{kind} {name}" for kind, all in pairs.items() for name, eq, _ in all if not eq), "")
    if bool(command) == bool(args.url) or wrong:
        told = f"{wrong} has no =" if wrong else "add takes either a command behind -- or --url"
        world.stderr.write(f"copilot mcp: {visible(told)}. Try: copilot mcp --help\n")
        return USAGE
    table = {
        **({"command": command[0], "args": command[1:]} if command else {"url": args.url}),
        **({"env": {name: value for name, _, value in pairs["env"]}} if pairs["env"] else {}),
        **({"headers": {name: value for name, _, value in pairs["header"]}} if pairs["header"] else {}),
    }
    servers, faults = servers_in({args.name: table})
    if faults:
        world.stderr.write(f"copilot mcp: {visible(str(faults[0]), keep='')}\n")
        return USAGE
    home = opening.home_of(args, world)
    add_server(home, servers[0])
    world.stdout.write(f"Added [{KEY}.{args.name}] to {visible(str(home.config), keep='')}.\n")
    world.stdout.write(f"Its tools are not used yet: copilot mcp trust {args.name} shows and trusts them.\n")
    return 0


def _remove(args: argparse.Namespace, world: World) -> int:
    from copilot.cli import opening
    from copilot.projects.mcp_edit import remove_server

    home = opening.home_of(args, world)
    remove_server(home, args.name)
    world.stdout.write(f"Removed {args.name} from {visible(str(home.config), keep='')}.\n")
    return 0


def _list(args: argparse.Namespace, world: World) -> int:
    from copilot.ai.trust_book import named_servers

    paint = paint_for(world.stdout, world.environ, no_color=options.given_flag(args, "no_color"))
    bench = _bench(args, world)
    trusted = {one.name for one in bench.trust.servers(bench.project)}
    theirs = [one for _, servers in named_servers(bench.project) for one in servers]
    for one in bench.own:
        state = _TOLD[bench.trust.said_of_tools(bench.project, one)].format(name=one.name)
        world.stdout.write(f"{_line(one, paint, state if one.enabled else 'off')}\n")
    for one in theirs:
        state = _TOLD[bench.trust.said_of_tools(bench.project, one)].format(name=one.name)
        if one.name not in trusted:
            state = "its file not trusted: copilot trust"
        world.stdout.write(f"{_line(one, paint, f'of this folder; {state}')}\n")
    if not bench.own and not theirs:
        world.stdout.write("There is no MCP server. copilot mcp add writes one to config.toml.\n")
    return 0


def _line(server: "McpServer", paint: Paint, state: str) -> str:
    told = paint.dim(f"  {state}") if state else ""
    return f"{paint.bold(server.name)}  {visible(server.address, keep='')}{told}"


def _test(args: argparse.Namespace, world: World, *, trusts: bool) -> int:
    paint = paint_for(world.stdout, world.environ, no_color=options.given_flag(args, "no_color"))
    bench = _bench(args, world, only=args.name)
    try:
        bench.servers.tools(bench.project, lambda: False, lambda words: _warn(world, words))
        found = bench.servers.offers(bench.project)
        if not found:
            world.stderr.write(f"copilot mcp: there is no server {visible(args.name, keep='')} to use here\n")
            return USAGE
        _, offers, _ = found[0]
        if offers is None:
            return FAILED
        return _told(bench, offers, world, paint, trusts=trusts)
    finally:
        bench.servers.close()


def _told(bench: "McpBench", offers: "Offers", world: World, paint: Paint, *, trusts: bool) -> int:
    from copilot.cli.trust_lines import item_lines

    for item in bench.servers.items(bench.project):
        state = "trusted" if bench.trust.trusts_item(bench.project, item) else "asked"
        shown = next(one for one in bench.trust.items(bench.project) if one.sha256 == item.sha256)
        for line in item_lines(shown, paint):
            world.stdout.write(f"{line}\n")
        if trusts and state != "trusted":
            bench.trust.answer(bench.project, (item.sha256,), "trusted")
        if trusts:
            world.stdout.write("These very words are trusted; when they change you are asked again.\n")
    if not offers.tools:
        world.stdout.write("It offers no tool that can be used.\n")
        return FAILED
    return 0


def _warn(world: World, words: str) -> None:
    world.stderr.write(f"! {visible(words, keep='')}\n")


def _bench(args: argparse.Namespace, world: World, only: str = "") -> "McpBench":
    from copilot.assembly.mcp_bench import mcp_bench
    from copilot.cli import opening

    name = options.given(args, "project") or ""
    base_dir: Path | None = opening.base_dir_of(args, world)
    bench = mcp_bench(opening.around_of(world), opening.home_of(args, world), name, base_dir, only)
    for notice in bench.notices:
        _warn(world, notice)
    return bench
