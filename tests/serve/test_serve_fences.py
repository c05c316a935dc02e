"""Scripts of remote users run fenced in or not at all; of what is shut they see nothing but their project."""

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from copilot.assembly.fencing import fences_of
from copilot.assembly.outside_tools import outside_tools
from copilot.assembly.surroundings import Surroundings, Walls
from copilot.projects.home import Home
from copilot.projects.settings import Settings
from copilot.shell import shell_runner
from copilot.shell.confine.fences import NOT_CONFINED, Fences, fenced
from copilot.vocabulary.confinement import Confinement, Fence, RunSettings
from copilot.vocabulary.errors import ToolError
from copilot.vocabulary.mcp import McpServer
from copilot.vocabulary.values import Project

WHOLE = Confinement(view="overlay", files=True, network=True, processes=True, limits=True, crowds=True)
LESS = (
    Confinement(view="copy", missing=("Runs cannot be confined here.",)),
    Confinement(view="overlay", files=True, network=False, processes=True),
    Confinement(view="overlay", files=True, network=True, processes=False),
)


def fences(folder: Path, found: Confinement, *, network: bool = False) -> Fences:
    return Fences(
        folder / "private", {}, "linux", settings=RunSettings(network=network), only=True, found=found
    )


@pytest.mark.parametrize("found", LESS)
def test_where_something_is_missing_nothing_is_proposed_run_or_previewed(
    tmp_path: Path, found: Confinement
) -> None:
    ours = fences(tmp_path, found)
    for work in (
        ours.proposed,
        lambda: ours.private(tmp_path / "project"),
        lambda: ours.around(tmp_path, Fence(confined=found.files, here=found)).__enter__(),
    ):
        with pytest.raises(ToolError, match=NOT_CONFINED[:30]):
            work()
    assert not (tmp_path / "private").exists()


def test_a_fence_that_was_opened_by_hand_is_none(tmp_path: Path) -> None:
    ours = fences(tmp_path, WHOLE)
    assert ours.proposed() == Fence(confined=True, network=False, here=WHOLE)
    for fence in (
        Fence(confined=False, here=WHOLE),
        Fence(confined=True, network=True, here=WHOLE),
        Fence(),
    ):
        with pytest.raises(ToolError, match=NOT_CONFINED[:30]):
            ours.around(tmp_path, fence).__enter__()


def test_a_network_that_the_owner_gives_is_no_hole(tmp_path: Path) -> None:
    ours = fences(tmp_path, Confinement(view="overlay", files=True, processes=True), network=True)
    proposed = ours.proposed()
    assert proposed is not None
    assert (proposed.confined, proposed.network) == (True, True)


def test_walls_without_exception_are_the_usual(tmp_path: Path) -> None:
    home = Home(root=tmp_path)
    here = Confinement(view="copy")
    for walls, refused in ((None, False), (Walls(shut=()), True), (Walls(shut=(), unconfined=True), False)):
        made = fences_of(home, {}, "nowhere", RunSettings(), walls)
        if refused:
            with pytest.raises(ToolError):
                made.proposed()
        else:
            proposed = made.proposed()
            assert proposed is not None
            assert (proposed.confined, proposed.here.files) == (False, here.files)


@pytest.fixture
def server() -> Iterator[Path]:
    """A server's folder that lies neither in a temp folder nor in a home: those are hidden anyway."""
    for base in (Path("/srv"), Path("/opt"), Path("/var/lib")):
        if os.access(base, os.W_OK):
            folder = Path(tempfile.mkdtemp(prefix="copilot-test-", dir=base))
            try:
                yield folder / "home"
            finally:
                shutil.rmtree(folder)
            return
    pytest.skip("there is no folder outside of homes and temp folders that may be written to")


LOOKS = 'cat mine "$1/config.toml" "$1"/serve/users/ben/files/work/* "$2"; ls -R "$1"; cd && touch here && ls'


def test_of_what_is_shut_only_the_project_shows(server: Path) -> None:
    anna = server / "serve" / "users" / "anna"
    root, home, key = anna / "files" / "work", anna / "home", server.parent / "key.pem"
    ben = server / "serve" / "users" / "ben" / "files" / "work"
    for folder in (root, home / "projects", ben):
        folder.mkdir(parents=True)
    for path in (root / "mine", ben / "secret", server / "config.toml", key, home / "projects" / "p.toml"):
        path.write_text(f"what {path.name} holds")
    env = {"PATH": os.environ["PATH"], "HOME": str(home), "LC_ALL": "C"}
    ours = Fences(
        home / "private", env, sys.platform, own=(home / "projects",), shut=(server, key), only=True
    )
    if not (ours.here().files and ours.here().network and ours.here().processes):
        pytest.skip("no run can be confined here")
    argv = ("/bin/sh", "-c", LOOKS, "sh", str(server), str(key))
    with fenced(ours, ours.proposed(), root, argv, env) as specified:
        outcome = shell_runner.run(
            argv,
            cwd=root,
            env=env,
            timeout_seconds=20,
            cancelled=lambda: False,
            output=lambda _stream, _text: None,
            fence=specified,
        )
    assert "what mine holds" in outcome.stdout
    assert outcome.stdout.rstrip().endswith("here")  # an empty home that can be written
    for secret in ("what secret", "what config", "what key", "what p.toml", "ben", "projects"):
        assert secret not in outcome.stdout
    with pytest.raises(ToolError, match="holds what no run may see"):
        ours.around(server.parent, ours.proposed() or Fence()).__enter__()


def test_no_server_that_is_a_program_is_ever_started_within_walls(tmp_path: Path) -> None:
    (tmp_path / ".mcp.json").write_text('{"mcpServers": {"theirs": {"command": "touch", "args": ["x"]}}}')
    settings = Settings(servers=(McpServer(name="owners", command="touch"),))
    project = Project(name="work", base_dir=str(tmp_path))
    found: list[int] = []
    for walls in (None, Walls(shut=())):
        around = Surroundings(
            environ={},
            cwd=tmp_path,
            platform=sys.platform,
            clock=lambda: 0.0,
            new_id=lambda: "id",
            walls=walls,
        )
        trust, servers = outside_tools(around, Home(root=tmp_path / "home"), settings, ())
        asked = [one for one in trust.items(project) if one.kind == "servers"]
        trust.answer(project, [one.sha256 for one in asked], "trusted")
        found.append(len(servers.offers(project)))
    assert found == [2, 0]
