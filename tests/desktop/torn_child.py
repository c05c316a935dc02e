"""A torn-off panel's program, which tells what is on its screen: `HOME/screens/PANEL/items.json`."""

import sys
from pathlib import Path

from describe import Describer

from copilot.desktop.torn.child import PanelWindow
from copilot.desktop.torn.messages import Start
from copilot.desktop.torn.wire import read


def main() -> int:
    start: Start = read(sys.stdin.buffer.read(), Start)
    out = Path(start.home, "screens", start.panel)
    out.mkdir(parents=True, exist_ok=True)
    return PanelWindow(start, on_frame=Describer(out / "items.json")).run()


if __name__ == "__main__":
    raise SystemExit(main())
