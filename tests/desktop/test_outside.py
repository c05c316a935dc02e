"""Another window: what it is started from, and what is said where it does not open."""

from pathlib import Path

import pytest

from copilot.desktop.outside import another_window
from copilot.projects.home import Home


def test_nothing_is_imported_from_the_folder_that_the_person_is_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A project may hold a folder named as this program is."""
    trap = tmp_path / "copilot"
    trap.mkdir()
    (trap / "__init__.py").touch()
    (trap / "__main__.py").write_text(f"open({str(tmp_path / 'caught')!r}, 'w')\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    said = another_window(Home(root=tmp_path / "home"), ("--project", "no/such"))
    assert not (tmp_path / "caught").exists()
    assert said.startswith("The other window did not open (exit code 1): copilot: ")
