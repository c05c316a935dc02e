"""Runs the real window on a recording: `python run_playback.py HOME SESSION OUT [WIDTH HEIGHT]`."""

import json
import sys
from pathlib import Path

from describe import Describer

from copilot.desktop.playback.bench import PlaybackBench
from copilot.desktop.playback.window import PlaybackWindow
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

    return PlaybackWindow(home, LogIndex(home.logs, session), size=size, on_frame=frame).run()


if __name__ == "__main__":
    raise SystemExit(main())
