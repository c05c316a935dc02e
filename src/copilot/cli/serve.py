"""`copilot serve`: the co-pilot for a small team, behind a socket that demands a token."""

import argparse
import threading
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from copilot.cli import options, process
from copilot.cli.world import FAILED, USAGE, World
from copilot.vocabulary.errors import LockedError
from copilot.vocabulary.text import visible

if TYPE_CHECKING:
    from copilot.projects.home import Home
    from copilot.serve.listening import Listening, Wanted

NAME = "serve"
SUMMARY = "offer the co-pilot to a small team over a socket or HTTPS"
ABOUT = """\
Serve the commands and events of the co-pilot to scripts and to copilot connect. Each user has projects and
files of their own, a process, and limits. Every request needs a token; nobody has one until you add a user.
Without a port it is a Unix socket that you alone can reach; beyond this machine TLS is demanded.

  (nothing)       serve until Ctrl+C or SIGTERM
  users           list users and their tokens
  users add       make a token for NAME, who may be new; it is shown this one time
  users revoke    take away a token by its ID, or all of NAME's; what runs by them ends within a second
  users limits    show NAME's limits, or set some: turns=4 day_usd=10 memory_mb=2048 (docs/serve.md)
  audit           print what NAME did; nobody: what came without a right token

examples:
  copilot serve users add ada --expires 90
  copilot serve
  copilot serve --port 8443 --host 0.0.0.0 --name team.example.org --tls-cert c.pem --tls-key k.pem
  copilot serve users limits ada turns=4 day_usd=10
  copilot serve users revoke ada
  copilot serve audit ada --check
"""
_ACTS = ("users", "audit")
_NOT_INSTALLED = """\
copilot serve: the libraries for serving are not installed
  Install them: pip install 'copilot[serve]'
"""
_LOOK_SECONDS = 0.5


def add_options(parser: argparse.ArgumentParser) -> None:
    """What is done, and where to listen."""
    parser.add_argument("act", nargs="?", choices=_ACTS, metavar="WHAT", help=", ".join(_ACTS))
    parser.add_argument("words", nargs="*", metavar="WORD", help="of users and audit, as above")
    group = parser.add_argument_group("listening")
    group.add_argument("--socket", type=Path, metavar="PATH", help="a Unix socket here (in the home)")
    group.add_argument("--port", type=options.port, metavar="N", help="a TCP port instead; 0: any free one")
    group.add_argument(
        "--host", default="127.0.0.1", metavar="HOST", help="the address of the port (127.0.0.1)"
    )
    group.add_argument(
        "--name",
        action="append",
        default=[],
        metavar="NAME",
        help="what others call this machine; a request that calls it otherwise is refused",
    )
    group.add_argument("--tls-cert", type=Path, metavar="FILE", help="the certificate, with its chain (PEM)")
    group.add_argument("--tls-key", type=Path, metavar="FILE", help="its key (PEM)")
    group = parser.add_argument_group("users and their work")
    group.add_argument(
        "--unconfined",
        action="store_true",
        help="run users' scripts also where this machine cannot confine them to their own files",
    )
    group.add_argument(
        "--expires", type=options.positive, metavar="DAYS", help="for users add: until the token ends"
    )
    group.add_argument("--check", action="store_true", help="for audit: hold every line against the chain")


def run(args: argparse.Namespace, world: World) -> int:
    """Do it; 1 where it failed, or where a log is not as it was written."""
    from copilot.cli import opening

    home = opening.home_of(args, world)
    match args.act:
        case "users":
            from copilot.cli import serve_users

            return serve_users.run(args, world, home)
        case "audit":
            from copilot.cli import serve_audit

            return serve_audit.run(args, world, home)
        case _:
            return _serve(args, world, home.make())


def serve_folder(home: "Home") -> Path:
    """Where the server keeps what it knows: users, keys of audit logs, its socket."""
    return home.state / "serve"


def _serve(args: argparse.Namespace, world: World, home: "Home") -> int:
    if args.port is not None and args.socket is not None:
        world.stderr.write(
            "copilot serve: --socket and --port exclude each other. Try: copilot serve --help\n"
        )
        return USAGE
    if any(find_spec(name) is None for name in ("starlette", "uvicorn")):
        world.stderr.write(_NOT_INSTALLED)
        return FAILED
    from copilot.serve.listening import listen
    from copilot.storage.disk import make_folder
    from copilot.storage.locks import hold

    folder = serve_folder(home)
    make_folder(folder)
    try:
        held = hold(folder / "server.lock")
    except LockedError as error:
        raise LockedError(
            "a server runs on this home already", "End it first, or use another --home."
        ) from error
    with held:
        listening = listen(_wanted(args, world, folder))
        try:
            return _served(args, world, home, listening)
        finally:
            listening.close()


def _wanted(args: argparse.Namespace, world: World, folder: Path) -> "Wanted":
    from copilot.serve.listening import Wanted

    def here(path: Path | None) -> Path | None:
        return None if path is None else world.cwd / path.expanduser()

    return Wanted(
        folder=folder,
        port=args.port,
        host=args.host,
        at=here(args.socket),
        certificate=here(args.tls_cert),
        key=here(args.tls_key),
        names=tuple(args.name),
    )


def _served(args: argparse.Namespace, world: World, home: "Home", listening: "Listening") -> int:
    from copilot.assembly.choice import Flags, choose_model
    from copilot.cli import opening
    from copilot.cli.interrupts import Interrupts
    from copilot.projects.config import load_settings
    from copilot.serve.audit import AuditLogs
    from copilot.serve.audit_parts import keeping_of
    from copilot.serve.server import CopilotServer, Told
    from copilot.serve.tokens import Register, UsersFile
    from copilot.serve.workspaces import open_workspaces
    from copilot.vocabulary.frozen import replace

    folder = serve_folder(home)
    settings, notices = load_settings(home)
    said = threading.Lock()

    def complain(text: str) -> None:
        with said:
            world.stderr.write("".join(f"! {visible(line)}\n" for line in text.splitlines()))
            world.stderr.flush()

    for notice in notices:
        complain(notice)
    register = Register(UsersFile(folder), complain)
    model = choose_model(Flags(), world.environ, settings)
    ending = threading.Event()
    with Interrupts(ending.set):
        key = () if args.tls_key is None else ((world.cwd / args.tls_key.expanduser()).resolve(),)
        around = opening.around_of(world)
        workspaces = open_workspaces(around, home, hidden=key, unconfined=args.unconfined)
        server = CopilotServer(
            Told(
                listening=listening,
                workspaces=workspaces,
                register=register,
                logs=AuditLogs(home.logs, folder, world.clock, keeping=keeping_of(settings.log)),
                complain=complain,
                model=None if model is None else replace(model, base_url="", api_version=""),
                secret_paths=(str(home.root),),
            )
        )
        try:
            server.start()
            process.settled()
            world.stdout.write(_told(listening, nobody=not register.roll().valid(world.clock())))
            world.stdout.flush()
            while server.alive and not ending.wait(_LOOK_SECONDS):
                pass
        finally:
            server.stop()
    return 0 if ending.is_set() else FAILED


def _told(listening: "Listening", *, nobody: bool) -> str:
    lines = [f"Listening on {url}  (copilot connect {url} ask …)" for url in listening.urls]
    lines.append("Nobody can connect yet: copilot serve users add NAME" if nobody else "Ctrl+C ends it.")
    return "".join(f"{line}\n" for line in lines)
