"""Runs the real window on a recording: `python run_playback.py HOME SESSION OUT [WIDTH HEIGHT]`."""

import json
import sys
import time
import uuid
from pathlib import Path

from describe import Describer

from copilot.assembly.models import offered
from copilot.assembly.surroundings import Surroundings
from copilot.desktop.playback.bench import PlaybackBench
from copilot.desktop.playback.go_on import Beyond
from copilot.desktop.playback.window import PlaybackWindow
from copilot.projects.config import load_settings
from copilot.projects.home import Home
from copilot.record.log_index import LogIndex


def main() -> int:
    home, session, out = Home(root=Path(sys.argv[1])), sys.argv[2], Path(sys.argv[3])
    size = (int(sys.argv[4]), int(sys.argv[5])) if len(sys.argv) > 5 else None
    items = Describer(out / "items.json")
    last: list[str] = []

    def frame(bench: PlaybackBench) -> None:
        items()
        told = json.dumps([(one.name, one.title, one.keys) for one in bench.table])
        if last != [told]:
            last[:] = [told]
            (out / "actions.json").write_text(told)

    def another(project: str) -> str:
        (out / "opened").write_text(project)
        return ""

    around = Surroundings(
        environ={}, cwd=out, platform=sys.platform, clock=time.time, new_id=lambda: uuid.uuid4().hex
    )
    beyond = Beyond(models=lambda: offered({}, load_settings(home)[0]), open_project=another, around=around)
    index = LogIndex(home.logs, session)
    return PlaybackWindow(home, index, size=size, beyond=beyond, on_frame=frame).run()


if __name__ == "__main__":
    raise SystemExit(main())
