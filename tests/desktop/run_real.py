"""Runs the real program's window on a real desk: `run_real.py HOME BASE_DIR PROVIDER URL OUT WIDTH HEIGHT`.

As `copilot --home HOME --base-dir BASE_DIR --provider PROVIDER --base-url URL` does, with the local servers
that LOCAL_SERVERS_OF_THIS_TEST names (URLs) for those on the usual ports; beside it, `OUT/items.json` says
what is on the screen, and `OUT/keyring.json` what the keyring holds, where KEYRING_OF_THIS_TEST is set. With
the provider `rehearsal` (and no URL) it plays the tour.
"""

import itertools
import json
import os
import sys
import time
import uuid
from pathlib import Path

from describe import Describer
from file_vault import FileVault

from copilot.assembly.choice import Flags
from copilot.assembly.desk import Surroundings, open_desk
from copilot.assembly.models import keyed
from copilot.desktop.gui import App
from copilot.desktop.outside import Outside
from copilot.projects.home import Home
from copilot.rehearsal.scenario import shipped
from copilot.vocabulary.approvals import ApprovalPolicy
from copilot.vocabulary.values import ModelChoice


def recorded(out: Path, around: Surroundings) -> Outside:
    """What the window asks of the outside, a line each in `OUT/outside.jsonl`."""

    def record(*words: str) -> str:
        with (out / "outside.jsonl").open("a", encoding="utf-8") as lines:
            lines.write(json.dumps(words) + "\n")
        return ""

    return Outside(
        open_project=lambda name: record("project", name),
        open_folder=lambda folder: record("folder", str(folder)),
        open_file=lambda path: record("file", str(path)),
        play_back=lambda session: record("play back", session),
        notify=lambda told: record("notify", told.title, told.words),
        around=around,
    )


def main() -> int:
    home, base_dir, provider, url, out = sys.argv[1:6]
    numbers = itertools.count(1)
    run = uuid.uuid4().hex[:8]

    def new_id() -> str:
        return f"{run}-{next(numbers)}"

    around = Surroundings(
        environ=os.environ,
        cwd=Path(base_dir),
        platform=sys.platform,
        clock=time.time,
        new_id=new_id,
        vault=FileVault(Path(out) / "keyring.json", broken="KEYRING_OF_THIS_TEST" not in os.environ),
    )
    desk = open_desk(
        around,
        home=Home(root=Path(home)),
        project="calculator",
        base_dir=Path(base_dir),
        flags=Flags(provider=provider, base_url=url),
        scenario=shipped("tour") if provider == "rehearsal" else None,
    )

    def local() -> tuple[ModelChoice, ...]:
        urls = os.environ.get("LOCAL_SERVERS_OF_THIS_TEST", "").split()
        return tuple(ModelChoice(provider="compatible", model="", base_url=url) for url in urls)

    try:
        size = (int(sys.argv[6]), int(sys.argv[7]))
        app = App(
            desk,
            policy=ApprovalPolicy(),
            clock=time.time,
            new_id=new_id,
            size=size,
            offers=keyed(desk.settings, desk.keys, os.environ),
            find_local=local,
            outside=recorded(Path(out), around),
            on_frame=Describer(Path(out) / "items.json"),
        )
        return app.run()
    finally:
        desk.close()


if __name__ == "__main__":
    raise SystemExit(main())
