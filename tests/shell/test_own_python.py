"""Our own interpreter, and helper programs: nothing of them comes from the folder that the person is in."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from copilot.shell.own_python import import_nothing_here, own_environment, own_python
from copilot.shell.programs import find_program
from hostile_folder import program, set_traps
from picture_files import png

STARTS = """
import os, queue, sys
from pathlib import Path

out, picture = Path(sys.argv[1]), Path(sys.argv[1]) / "a.png"
os.environ["PYTHONPATH"] = os.pathsep.join((".", "", os.getcwd(), str(Path.cwd() / "src")))
os.environ["PATH"] = os.pathsep.join((".", "", os.environ["PATH"]))
from copilot.desktop.clipboard import read_picture
from copilot.desktop.display import display_trouble
from copilot.desktop.looks import Dress
from copilot.desktop.notifying import Notifier, Told
from copilot.desktop.outside import another_window
from copilot.desktop.palette import LIGHT
from copilot.desktop.system_fonts import by_fontconfig
from copilot.desktop.system_theme import prefers_light
from copilot.desktop.thumbnails import made_small
from copilot.desktop.torn.feed import Feed
from copilot.desktop.torn.process import PanelProcess
from copilot.desktop.view_state import ViewState
from copilot.projects.home import Home
from copilot.shell.confine.probe import probe
from copilot.tools.searcher import Searcher

print("thumbnail", len(made_small(picture)) > 0)
print("display", display_trouble({**os.environ, "DISPLAY": ":4099"}, "linux"))
print("window", another_window(Home(root=out / "home"), ("--project", "no/such")))
print("probe", probe(out / "probe", os.environ, sys.platform).view)
with Searcher(pattern="x", most=1, line_characters=9, seconds=30.0, cancelled=lambda: False):
    print("searcher")
heard = queue.SimpleQueue()
panel = PanelProcess(
    "files", Feed(ViewState()), home=out, place=None, dress=Dress(palette=LIGHT), hear=heard.put,
    environ=os.environ, module="json.tool",
)
print("panel", type(heard.get(timeout=60)).__name__)
by_fontconfig(0x41)
prefers_light()
Notifier(sys.platform, os.environ).tell(Told(title="a", words="b"))
read_picture(sys.platform, os.environ)
"""


def test_no_process_that_we_start_comes_from_the_folder(tmp_path: Path) -> None:
    base, out, marker = (tmp_path / name for name in ("base", "out", "marker"))
    base.mkdir()
    out.mkdir()
    set_traps(base, marker)
    (out / "a.png").write_bytes(png())
    environ = {name: value for name, value in os.environ.items() if "DISPLAY" not in name}
    done = subprocess.run(
        own_python("-c", STARTS, str(out)),
        cwd=base,
        env=environ | {"HOME": str(out)},
        capture_output=True,
        text=True,
        timeout=120,
        stdin=subprocess.DEVNULL,
    )
    assert not marker.exists(), marker.read_text(encoding="utf-8")
    said = dict(line.partition(" ")[::2] for line in done.stdout.splitlines())
    assert said["thumbnail"] == "True", done.stderr
    assert "cannot be reached" in said["display"]
    assert said["window"].startswith("The other window did not open (exit code 1): copilot: ")
    assert {"probe", "searcher"} <= set(said)
    assert said["panel"] == "Gone"


def test_what_leads_to_the_current_folder_is_taken_out_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, other = tmp_path / "here", tmp_path / "other"
    for folder in (here / "lib", other):
        folder.mkdir(parents=True)
    (tmp_path / "link").symlink_to(here)
    monkeypatch.chdir(here)
    given = os.pathsep.join(("", ".", "lib", str(here), str(tmp_path / "link"), str(other)))
    made = own_environment({"PYTHONPATH": given, "PYTHONUSERBASE": "x", "LANG": "C"})
    assert made == {"PYTHONPATH": str(other), "LANG": "C"}
    before = ["", str(here), str(here / "lib"), str(here / "installed"), str(other)]
    monkeypatch.setattr(sys, "path", list(before))
    import_nothing_here({"PYTHONPATH": "lib"})
    assert sys.path == [str(here / "installed"), str(other)]


def test_a_helper_program_is_never_one_of_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(tmp_path / "here" / "zenity", "#!/bin/sh\n")
    program(tmp_path / "there" / "zenity", "#!/bin/sh\n")
    (tmp_path / "there" / "kdialog").touch()
    monkeypatch.chdir(tmp_path / "here")
    path = os.pathsep.join(("", ".", "../here", str(tmp_path / "there")))
    assert find_program("zenity", {"PATH": path}) == str(tmp_path / "there" / "zenity")
    assert find_program("kdialog", {"PATH": path}) is None
    assert find_program("zenity", {"PATH": "."}) is None
