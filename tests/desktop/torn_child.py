"""A torn-off panel's program, which tells what is on its screen: `HOME/screens/PANEL/items.json`."""

from pathlib import Path

from describe import Describer

from copilot.desktop.torn.child import run
from copilot.desktop.torn.messages import Start


def describer(start: Start) -> Describer:
    out = Path(start.home, "screens", start.panel)
    out.mkdir(parents=True, exist_ok=True)
    return Describer(out / "items.json")


if __name__ == "__main__":
    raise SystemExit(run(describer))
