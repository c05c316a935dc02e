"""`copilot connect SERVER window`: the window of a project that lies on a server."""

import argparse
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from copilot.cli.world import World
from copilot.vocabulary.patterns import late
from copilot.vocabulary.text import visible

if TYPE_CHECKING:
    from copilot.serve.client import Client
    from copilot.vocabulary.messages import Attachment
    from copilot.vocabulary.values import ModelChoice

_ODD = late(r"[^A-Za-z0-9.]+")
_HERE = "this machine's server"
_LONGEST = 40
"""Characters of an address or a name in the name of a folder."""


def show(
    args: argparse.Namespace,
    world: World,
    client: "Client",
    project: str,
    model: "ModelChoice",
    *,
    draft: str = "",
    size: tuple[int, int] | None = None,
    on_frame: Callable[[], None] | None = None,
) -> int:
    """Show the window until it is closed. `draft`, `size` and `on_frame` are as for `App`. Raises
    CopilotError for what the server refuses before it.
    """
    from copilot.cli.opening import around_of, home_of
    from copilot.desktop.afar import Afar
    from copilot.desktop.first_window import Bell, ring
    from copilot.desktop.outside import another_window
    from copilot.desktop.remote_desk import remote_app
    from copilot.projects.home import Annex
    from copilot.serve.mirror import Mirror

    own, server = home_of(args, world).make(), words_for(args.server)
    user = str(client.me().get("user", ""))
    home = Annex(root=own.root / "connect" / folder_for(args.server, user, project), own=own)
    if ring(home, project):
        told = f"The window of {visible(project)} is open already: it was brought to the front.\n"
        world.stdout.write(told)
        return 0
    mirror = Mirror(client, project, "server" if server == _HERE else server)
    again = _words_again(args, world)

    def keep(part: "Attachment", data: bytes) -> None:
        client.attach(project, part.name, data)

    afar = Afar(
        server=server,
        own_home=own.root,
        trouble=lambda: mirror.trouble,
        keep=keep,
        projects=client.projects,
        open_project=lambda name: another_window(own, (*again, "--project", name, "window")),
    )
    around = around_of(world, window=True)
    app = remote_app(mirror, home.make(), model, around, afar, draft=draft, size=size, on_frame=on_frame)
    bell = Bell(home, project, app.come_to_front)
    try:
        bell.hang()
        return app.run()
    finally:
        bell.take_down()
        mirror.stop()


def can_show(args: argparse.Namespace, world: World) -> bool:
    """Whether there is a display; else the person is told."""
    from copilot.desktop.display import display_trouble

    trouble = display_trouble(world.environ, world.platform)
    if trouble:
        hint = f'copilot connect {visible(args.server)} ask "…"'
        world.stderr.write(f"copilot: {trouble}\n  In a terminal, use: {hint}\n")
    return not trouble


def words_for(server: str) -> str:
    """A server in a few words: host and port, or that it is on this machine."""
    return visible(urlsplit(server).netloc) if "://" in server else _HERE


def folder_for(server: str, user: str, project: str) -> str:
    """The name of the folder for a window: the same for the same server, user and project."""
    place = server if "://" in server else str(Path(server).expanduser().absolute())
    digest = sha256("\0".join((place.rstrip("/"), user, project)).encode()).hexdigest()
    host = urlsplit(server).netloc if "://" in server else "here"
    named = (_ODD.sub("-", part)[:_LONGEST].strip("-.") for part in (host, project))
    return "-".join((*named, digest[:12]))


def _words_again(args: argparse.Namespace, world: World) -> tuple[str, ...]:
    """What to type to connect once more."""
    words = ["connect", args.server]
    for option in ("token_file", "ca"):
        path: Path | None = getattr(args, option)
        if path is not None:
            words += [f"--{option.replace('_', '-')}", str(world.cwd / path.expanduser())]
    return tuple(words)
