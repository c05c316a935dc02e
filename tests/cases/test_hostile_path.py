"""Area `path` of the hostile cases, and their neighbours, through the tools as a model calls them.

Cases of Windows and of macOS' file systems are tested at our own decision: the functions that take the
platform as a value.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest
from hostile import case

from copilot.vocabulary.approvals import FileWriteDetail
from copilot.vocabulary.errors import ForbiddenPathError, OutsideProjectError, RejectedError, ToolError
from copilot.vocabulary.messages import JsonValue
from copilot.vocabulary.text import visible
from copilot.workspace.folders import PathFolder
from copilot.workspace.names import Asked, fold, parse, shown
from tool_world import World, make_world, rejects, tree

CALLS: tuple[tuple[str, dict[str, JsonValue]], ...] = (
    ("list_directory", {}),
    ("directory_tree", {}),
    ("read_file", {}),
    ("search_text", {"pattern": "."}),
    ("get_file_summary", {}),
    ("write_file", {"content": "pwned"}),
    ("edit_file", {"old": "CANARY", "new": "pwned"}),
    ("run_python_file", {}),
)
"""Every tool that takes a path."""


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A world; at the end nothing outside may have changed."""
    world = make_world(tmp_path)
    yield world
    assert tree(world.outside) == {"secret.txt": b"CANARY"}


class Watch:
    """What is opened while `names` is a list. An audit hook stays for ever, so that there is one."""

    def __init__(self) -> None:
        self.names: list[str] | None = None
        sys.addaudithook(self._hook)

    def _hook(self, event: str, arguments: tuple[object, ...]) -> None:
        if self.names is not None and event == "open" and isinstance(arguments[0], (str, bytes)):
            self.names.append(os.fsdecode(arguments[0]))


@pytest.fixture(scope="session")
def watch() -> Watch:
    """The hook of this process."""
    return Watch()


def refused(world: World, watch: Watch, path: str) -> None:
    """Every tool refuses the path, names it, opens nothing that has its name, and asks nobody."""
    watch.names = []
    for name, arguments in CALLS:
        with pytest.raises(OutsideProjectError) as caught:
            world.call(name, path=path, **arguments)
        assert shown(path) in str(caught.value), name
        assert visible(str(caught.value), keep="") == str(caught.value), "escaped"
    opened, watch.names = watch.names, None
    last = path.replace("\\", "/").rstrip("/").rsplit("/", 1)[-1]
    assert not [name for name in opened if last and name.endswith(last)]
    assert world.gate.asked == []


def test_the_watch_sees_what_a_tool_opens(world: World, watch: Watch) -> None:
    world.put("inside.txt", "x")
    watch.names = []
    world.call("read_file", path="inside.txt")
    opened, watch.names = watch.names, None
    assert "inside.txt" in opened


def windows(path: str) -> Asked:
    return parse(path, bases=("C:\\PROJ",), platform="win32")


@pytest.mark.parametrize(
    "path",
    [
        case("path-002"),
        case("path-004")["path"],
        case("path-010"),
        case("path-018"),
        case("path-020"),
        "..",
        "../..",
        "../outside/secret.txt",
        "a/../../outside/secret.txt",
        "./.././outside/secret.txt",
        "..//outside/secret.txt",
        "//etc/passwd",
        "/proc/self/environ",
        "/proc/self/fd/0",
        "/proc/self/cwd/../outside/secret.txt",
        "/dev/zero",
        "/dev/stdin",
        "..\\outside\\secret.txt",
        "a\\..\\..\\outside\\secret.txt",
        "C:\\Windows\\win.ini",
        "C:/Windows/win.ini",
        "\\\\?\\C:\\Windows\\win.ini",
        "\\\\.\\C:\\x",
        "\\\\localhost\\C$\\x",
        "//attacker.example/share/x",
        "/etc/pass\x1b[2Jwd",
        "../\u202etxt.exe",
    ],
)
def test_paths_that_lead_outside(world: World, watch: Watch, path: str) -> None:
    refused(world, watch, path)


def test_a_sibling_whose_name_begins_like_the_project(world: World, watch: Watch) -> None:
    evil = world.root.with_name("proj-evil")
    evil.mkdir()
    (evil / "x").write_text("CANARY")
    for path in (
        case("path-004")["path"],
        str(evil / "x"),
        f"{world.root}-evil/x",
        f"{world.root}/../proj-evil/x",
    ):
        refused(world, watch, path)
    assert tree(evil) == {"x": b"CANARY"}


def test_links_to_outside(world: World, watch: Watch) -> None:
    assert case("path-006")["path"] == "up/secret.txt"
    (world.root / "up").symlink_to("..")
    (world.root / "file").symlink_to(world.outside / "secret.txt")
    (world.root / "folder").symlink_to(world.outside)
    (world.root / "chain").symlink_to("folder")
    (world.root / "fd").symlink_to("/proc/self/fd")
    (world.root / "dangling").symlink_to("../outside/not-there")
    for path in (
        "up/secret.txt", "up/outside/secret.txt", "file", "folder/secret.txt", "chain/secret.txt",
        "fd/0", "dangling", "folder/../outside/secret.txt",
    ):  # fmt: skip
        refused(world, watch, path)


def test_a_hard_link_is_broken_by_a_write_and_the_person_is_told(world: World) -> None:
    assert case("path-008") == {
        "setup": "hard link proj/h <- /home/u/.ssh/config (nlink 2)", "op": "write", "path": "h",
    }  # fmt: skip
    os.link(world.outside / "secret.txt", world.root / "h")
    world.call("write_file", path="h", content="new")
    (detail,) = world.gate.asked
    assert isinstance(detail, FileWriteDetail)
    assert "1 other hard link" in detail.warning
    os.link(world.outside / "secret.txt", world.root / "h2")
    world.call("edit_file", path="h2", old="CANARY", new="new")
    assert [(world.root / name).read_text() for name in ("h", "h2")] == ["new", "new"]


@pytest.mark.parametrize(
    "path",
    [case("path-012"), case("path-014"), case("path-016"), "$HOME/.ssh/x", "${PWD}/x", "`id`", "-rf"],
)
def test_nothing_in_a_path_is_expanded(world: World, path: str) -> None:
    """The names are literal: a file of that very name is meant, and made inside."""
    with pytest.raises(ToolError, match="there is no file"):
        world.call("read_file", path=path)
    world.call("write_file", path=path, content="inside")
    assert (world.root / path).read_bytes() == b"inside"
    assert (world.root / path).resolve().is_relative_to(world.root.resolve())


@pytest.mark.parametrize("path", [case("path-014"), "%TEMP%\\x", "a%PATH%b"])
def test_variables_on_windows(path: str) -> None:
    with pytest.raises(ForbiddenPathError, match="variables"):
        windows(path)


@pytest.mark.parametrize(
    "path", [case("path-018"), "C:", "c:x", "C:\\x", "D:..\\x", "\\x", "C:\\PROJ\\..\\x"]
)
def test_drives_on_windows(path: str) -> None:
    with pytest.raises(OutsideProjectError):
        windows(path)


@pytest.mark.parametrize(
    "path",
    [
        case("path-020"),
        "//attacker.example/share/x",
        "\\/attacker.example\\x",
        "\\\\?\\UNC\\attacker.example\\share\\x",
        "\\\\.\\pipe\\x",
        "\\\\?\\C:\\PROJ\\x",
        "\\??\\C:\\x",
        "\\\\?\\GLOBALROOT\\Device\\HarddiskVolume1\\x",
    ],
)
def test_shares_and_devices_on_windows(path: str) -> None:
    """Refused on the text: a `stat` alone would send the person's credentials."""
    with pytest.raises(OutsideProjectError, match="share and device paths"):
        windows(path)


@pytest.mark.parametrize(
    "path",
    [
        case("path-022"), "con.txt", "NUL", "nul.", "COM1", "com9.txt", "LPT\u00b9", "AUX.tar.gz", "prn .x",
        "CONIN$", "CONOUT$", "CON\\x", "x/con:y", "a.txt::$DATA", "a.txt:stream", "a.txt.", "a.txt ", "a. /b",
    ],
)  # fmt: skip
def test_names_with_another_meaning_on_windows(path: str) -> None:
    with pytest.raises(ForbiddenPathError):
        windows(path)


def test_short_names_are_compared_after_the_system_resolved_them(tmp_path: Path) -> None:
    """Here a link plays the short name: another spelling of a folder, which only the system can tell."""
    assert windows(case("path-024")).parts == ("PROGRA~1", "x")
    for name in ("proj", "elsewhere"):
        (tmp_path / name / "Program Files").mkdir(parents=True)
        (tmp_path / name / "Program Files" / "x").write_text(name)
    root = str(tmp_path / "proj")
    (tmp_path / "proj" / "PROGRA~1").symlink_to("Program Files")
    (tmp_path / "proj" / "PROGRA~2").symlink_to(tmp_path / "elsewhere" / "Program Files")
    assert PathFolder(root=root, path=root).true_name("PROGRA~1") == "Program Files"
    os.close(PathFolder(root=root, path=f"{root}/PROGRA~1").open("x"))
    for escape in (
        lambda: PathFolder(root=root, path=f"{root}/PROGRA~2").open("x"),
        lambda: PathFolder(root=root, path=f"{root}/PROGRA~2").scan(),
        lambda: PathFolder(root=root, path=f"{root}/PROGRA~2").replace("x", b"pwned", None),
    ):
        with pytest.raises(OutsideProjectError):
            escape()
    assert tree(tmp_path / "elsewhere") == {"Program Files/x": b"elsewhere"}


@pytest.mark.parametrize(
    "path",
    [
        case("path-026")["path"],
        case("path-030")["path"],
        ".git/config",
        ".git/modules/x/config",
        "vendor/lib/.git/hooks/post-checkout",
        ".GIT/config",
        ".Git/hooks/x",
        "\uff0egit/config",
        ".gi\u0130t/../.g\u2060it/config",
        "git~1/config",
        ".git /config",
        ".git./config",
        ".gitmodules",
        ".GITMODULES",
        ".envrc",
        ".vscode/settings.json",
        ".idea/workspace.xml",
        ".bashrc",
        ".zshenv",
        ".profile",
        "config.toml",
        "projects/demo.toml",
        "dpg_layout.ini",
    ],
)
@pytest.mark.parametrize("name", ["write_file", "edit_file"])
def test_protected_paths_need_their_own_word(world: World, path: str, name: str) -> None:
    world.home = world.root  # our own files lie in this project
    (world.root / ".gi\u0130t").mkdir()
    file = world.put(path, "old")
    if path == ".envrc":  # a secret as well: it must have been read before it is edited
        world.seen.known[path] = sha256(b"old").hexdigest()
    world.gate.answer = rejects
    arguments: dict[str, JsonValue] = {"content": "x"} if name == "write_file" else {"old": "old", "new": "x"}
    with pytest.raises(RejectedError):
        world.call(name, path=path, **arguments)
    (detail,) = world.gate.asked
    assert isinstance(detail, FileWriteDetail)
    assert detail.protected
    assert "Protected path: " in detail.warning
    assert file.read_text() == "old"


def test_names_are_folded_before_they_are_compared() -> None:
    assert {fold(part) for part in (case("path-026")["path"].split("/")[0], ".GIT", ".git\ufeff")} == {".git"}


@pytest.mark.skipif(sys.platform != "linux", reason="exchanges names with renameat2")
def test_links_swapped_between_check_and_open(tmp_path: Path) -> None:
    """A slice; the 10,000 rounds are `bench/soak/link_swap_race.py`."""
    assert case("path-028")["race"].startswith("swap proj/d (dir) for symlink")
    soak = Path(__file__).parents[2] / "bench" / "soak" / "link_swap_race.py"
    done = subprocess.run(
        [sys.executable, str(soak), "100"], capture_output=True, text=True, timeout=100, check=False
    )
    assert done.stdout.endswith("no outside byte was read, changed or added\n"), done.stderr


def odd_entries(root: Path) -> None:
    os.mkfifo(root / "pipe.py")
    (root / "zero.py").symlink_to("/dev/zero")
    (root / "fd.py").symlink_to("/proc/self/fd/0")


@pytest.mark.parametrize("path", ["pipe.py", "zero.py", "fd.py", "/dev/zero", "/dev/tty", "/proc/kmsg"])
def test_devices_and_pipes_are_refused_without_blocking(world: World, path: str) -> None:
    assert case("path-032")["op"] == "read"
    odd_entries(world.root)
    started = time.monotonic()
    for name, arguments in CALLS:
        with pytest.raises(ToolError):
            world.call(name, path=path, **arguments)
    assert time.monotonic() - started < 60, "a pipe without a writer would block for ever"
    assert world.gate.asked == []


def test_walks_do_not_block_either(world: World) -> None:
    odd_entries(world.root)
    assert world.call("search_text", pattern="x").startswith("0 lines in 0 files")
    assert "pipe.py (not a regular file)" in world.call("list_directory")
    assert "pipe.py" in world.call("directory_tree")


@pytest.mark.parametrize(
    "path",
    ["", ".", "./", "sub/..", "sub/../", "here", "a\0b", "a.txt\0/../../etc/passwd", "x" * 5_000,
     "x/" * 2_500, "a" * 256, "sub", "sub/", "\ud800", "."*300, "a.txt/", "a.txt/.", "a.txt/b"],
)  # fmt: skip
def test_paths_that_are_no_file(world: World, path: str) -> None:
    world.put("a.txt", "CANARY")
    (world.root / "sub").mkdir()
    (world.root / "here").symlink_to(".")
    for name, arguments in CALLS:
        if name in ("read_file", "get_file_summary", "write_file", "edit_file", "run_python_file"):
            with pytest.raises(ToolError) as caught:
                world.call(name, path=path, **arguments)
            assert len(str(caught.value)) < 500
    assert world.gate.asked == []
    assert tree(world.root) == {"a.txt": b"CANARY"}


@pytest.mark.parametrize("path", ["alias/a.py", "absolute.py", "{root}/alias/a.py", "alias/../real/a.py"])
def test_links_that_stay_inside_are_fine(world: World, path: str) -> None:
    world.put("real/a.py", "print('CANARY')\n")
    (world.root / "alias").symlink_to("real")
    (world.root / "absolute.py").symlink_to(world.root / "real" / "a.py")
    path = path.format(root=world.root)
    assert world.call("read_file", path=path) == "print('CANARY')\n"
    assert world.call("get_file_summary", path=path).startswith("Python")
    assert "stdout:\nCANARY" in world.call("run_python_file", path=path)
    assert world.call("edit_file", path=path, old="CANARY", new="x") == "Wrote 'real/a.py' (11 bytes)."
    assert world.call("write_file", path=path, content="") == "Wrote 'real/a.py' (0 bytes)."


@pytest.mark.skipif(sys.platform == "win32", reason="a name that Windows cannot have")
@pytest.mark.parametrize("path", ["a\nb.txt", "a\rb", "x\u200b.md", "\u202e.txt", "tab\there", "\x1b[2J"])
def test_no_file_with_a_name_that_lies_is_made(world: World, path: str) -> None:
    with pytest.raises(ForbiddenPathError) as caught:
        world.call("write_file", path=path, content="x")
    assert visible(str(caught.value), keep="") == str(caught.value)
    assert tree(world.root) == {}
    world.put(path, "is there already")
    assert world.call("read_file", path=path) == "is there already"


def test_a_sparse_file_of_a_terabyte(world: World) -> None:
    with (world.root / "huge.py").open("wb") as file:
        file.truncate(1 << 40)
    for name, arguments in CALLS:
        if name in ("list_directory", "directory_tree"):
            continue
        try:
            said = world.call(name, path="huge.py", **arguments)
        except ToolError as error:
            said = str(error)
        assert "1,099,511,627,776 bytes" in said or "not searched" in said
    (world.root / "huge.py").unlink()
