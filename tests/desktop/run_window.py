"""Runs the real window on a scripted desk: `python run_window.py HOME PLAY OUT [WIDTH HEIGHT]`.

`OUT/items.json` says what is on the screen, `OUT/commands.jsonl` what the window submitted, `OUT/done.json`
how it ended.
"""

import itertools
import json
import os
import sys
import time
from pathlib import Path

from describe import Describer, Teller
from gallery import PLAYS
from scripted import scripted_desk

from copilot.desktop.gui import App
from copilot.vocabulary.approvals import ApprovalPolicy
from copilot.vocabulary.codec import encode_command
from copilot.vocabulary.commands import Command


def main() -> int:
    home, name, out = Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3])
    size = (int(sys.argv[4]), int(sys.argv[5])) if len(sys.argv) > 5 else None
    play = PLAYS[name]()
    numbers = itertools.count(1)
    # The processes of torn-off panels find their program in this folder.
    folders = [str(Path(__file__).parent), *filter(None, [os.environ.get("PYTHONPATH")])]
    os.environ["PYTHONPATH"] = os.pathsep.join(folders)
    commands = (out / "commands.jsonl").open("a", encoding="utf-8")

    def react(command: Command):
        commands.write(json.dumps(encode_command(command)) + "\n")
        commands.flush()
        yield from play.react(command)

    desk = scripted_desk(home, play.first, react, model=play.model, notices=play.notices)
    items, told = Describer(out / "items.json"), Teller(out / "actions.json")
    app = App(
        desk,
        policy=ApprovalPolicy(),
        clock=time.time,
        new_id=lambda: f"id-{next(numbers)}",
        size=size,
        on_frame=lambda: (items(), told(app.bench)),
        panel_module="torn_child",
    )
    code = app.run()
    (out / "done.json").write_text(json.dumps({"code": code, "flushes": desk.store.flushes}))
    return code


if __name__ == "__main__":
    raise SystemExit(main())
