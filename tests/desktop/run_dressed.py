"""Runs the real window in a look: `run_dressed.py HOME PLAY OUT THEME SCALE FONT [WIDTH HEIGHT]`.

A line `THEME SCALE FONT` in `OUT/dress.txt` changes the look of the running window. `OUT/dressed.json` says
how often that was done, and how much memory the process has.
"""

import itertools
import json
import sys
import time
from dataclasses import replace
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))  # what tests of other floors share

import dearpygui.dearpygui as library
from describe import Describer
from gallery import PLAYS
from plays import AT, Play, Stage
from scripted import scripted_desk

from copilot.desktop.gui import App
from copilot.projects.settings import Settings
from copilot.vocabulary.approvals import ApprovalPolicy
from copilot.vocabulary.messages import Branch, Discussion, Message, Text

WRITTEN = """## 🚀 Done ✅

The tests pass ✓ and ∀x ∈ ℝ: x² ≥ 0. Ελληνικά, Кириллица, Tiếng Việt, עברית, ไทย.

中文 stands here, and *slanted 🎉* words.

```text
├── src ⠋ → λ
└── 中文.py
```
"""


def main() -> int:
    home, name, out = Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3])
    size = (int(sys.argv[7]), int(sys.argv[8])) if len(sys.argv) > 8 else None
    play = _scripts() if name == "scripts" else PLAYS[name]()
    numbers = itertools.count(1)
    desk = scripted_desk(home, play.first, play.react, model=play.model, notices=play.notices)
    desk.settings = _settings(" ".join(sys.argv[4:7]))
    wanted, told = out / "dress.txt", out / "dressed.json"
    describe = Describer(out / "items.json")
    done = 0

    def frame() -> None:
        nonlocal done
        describe()
        if wanted.exists():
            words = wanted.read_text()
            wanted.unlink()
            done += 1
            app.dressing.choose(_settings(words))
        new = told.with_suffix(".new")
        new.write_text(
            json.dumps({"done": done, "kilobytes": _resident(), "back": library.get_viewport_clear_color()})
        )
        new.replace(told)

    app = App(
        desk,
        policy=ApprovalPolicy(),
        clock=time.time,
        new_id=lambda: f"id-{next(numbers)}",
        size=size,
        on_frame=frame,
    )
    return app.run()


def _scripts() -> Play:
    """An answer in letters and signs of many kinds."""
    messages = (
        Message(id="m1", parent=None, role="user", parts=(Text(text="What about 中文?"),), at=AT),
        Message(id="m2", parent="m1", role="assistant", parts=(Text(text=WRITTEN),), at=AT + 1),
    )
    branches = (Branch(name="main", tip="m2"),)
    return Stage(None).play(discussion=Discussion(messages=messages, branches=branches))


def _settings(words: str) -> Settings:
    theme, scale, font_size = words.split()
    assert theme in ("dark", "light", "system")
    return replace(Settings(), theme=theme, scale=float(scale), font_size=float(font_size))


def _resident() -> int:
    """The resident memory of this process in KiB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))


if __name__ == "__main__":
    raise SystemExit(main())
