"""Runs the real window on a server's project: `run_remote.py HOME SERVER PROJECT OUT WIDTH HEIGHT`.

As `copilot --home HOME connect SERVER --project PROJECT window`; beside it, `OUT/items.json` says what is
on the screen.
"""

import os
import sys
import time
import uuid
from argparse import Namespace
from pathlib import Path

from describe import Describer
from file_vault import FileVault

from copilot.cli.remote_window import show
from copilot.cli.world import World
from copilot.serve.client import Client, token_of


def main() -> int:
    root, server, project, out = sys.argv[1:5]
    world = World(
        environ=os.environ,
        cwd=Path(out),
        platform=sys.platform,
        stdin=sys.stdin,
        stdout=sys.stdout,
        stderr=sys.stderr,
        clock=time.time,
        new_id=lambda: uuid.uuid4().hex,
        vault=FileVault(Path(out) / "keyring.json", broken=True),
    )
    client = Client(server, token_of(os.environ, None))
    args = Namespace(home=Path(root), server=server, token_file=None, ca=None)
    model = client.model()
    assert model is not None
    try:
        size = (int(sys.argv[5]), int(sys.argv[6]))
        items = Describer(Path(out) / "items.json")
        return show(args, world, client, project, model, size=size, on_frame=items)
    finally:
        client.close()


if __name__ == "__main__":
    raise SystemExit(main())
