"""Area `toolargs` of the hostile cases, and their neighbours: arguments as a model may send them.

From the words on the wire (`providers.parts.arguments`) through the registry to the tool.
"""

import json
from pathlib import Path

import pytest
from hostile import case

from copilot.providers.parts import arguments
from copilot.vocabulary.errors import ForbiddenPathError, ToolError
from copilot.vocabulary.messages import JsonValue, ToolCall
from tool_world import World, make_world, tree


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A world with one file and one program."""
    world = make_world(tmp_path)
    world.put("a.txt", "x marks the spot\n")
    world.put("a.py", "open('ran', 'w')\n")
    return world


def sent(world: World, name: str, words: str) -> str:
    """Call a tool with the words a model wrote, as the providers hand them on."""
    given, raw = arguments(words)
    call = ToolCall(call_id="call_1", name=name, arguments=given, raw=raw)
    return world.tools.call(call, world.context())


def nothing_happened(world: World) -> None:
    assert world.gate.asked == []
    assert world.started == []
    assert tree(world.root) == {"a.txt": b"x marks the spot\n", "a.py": b"open('ran', 'w')\n"}


def refused(world: World, name: str, words: str) -> str:
    """The tool says why it was not run, and nothing happened."""
    with pytest.raises(ToolError) as caught:
        sent(world, name, words)
    nothing_happened(world)
    assert len(str(caught.value)) < 1_000
    return str(caught.value)


NAMES = (
    "list_directory",
    "read_file",
    "search_text",
    "write_file",
    "edit_file",
    "run_python_file",
    "run_shell",
)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "words",
    [
        case("args-002")["args"].split(" ")[0].strip('"'),
        "[1,2",
        '{"path": "a.txt"',
        '{"path": "a.txt"}}',
        "{'path': 'a.txt'}",
        "[]",
        '["a.txt"]',
        '"a.txt"',
        "null",
        "true",
        "NaN",
        '{"path": NaN}',
        '{"limit": Infinity}',
        "[" * 100_000,
        '{"path": ' * 10_000,
        '{"a":' * 5_000 + "1" + "}" * 5_000,
        "\x00",
        "<path>a.txt</path>",
    ],
    ids=range(18),
)
def test_words_that_are_no_object(world: World, name: str, words: str) -> None:
    said = refused(world, name, words)
    assert said == f"the arguments of {name} are not a JSON object; nothing was done."


def test_nesting_without_end(world: World) -> None:
    text = case("args-004")["python_gen"]
    assert text == "'['*100000"
    for words in ("[" * 100_000, '{"path": ' + "[" * 100_000, '{"path": ' + "[" * 50 + "]" * 50 + "}"):
        refused(world, "read_file", words)


def test_unknown_fields(world: World) -> None:
    said = refused(world, "run_shell", json.dumps(case("args-006")))
    assert said == "run_shell was not run. 'shell' is not an argument; there is only: script."
    for name, extra in (
        ("run_shell", {"script": "ls", "cwd": "/"}),
        ("run_shell", {"script": "ls", "timeout": 10**9}),
        ("run_shell", {"script": "ls", "env": {"A": "b"}}),
        ("run_python_file", {"path": "a.py", "interpreter": "/bin/sh"}),
        ("write_file", {"path": "b.txt", "content": "x", "mode": 0o4777}),
        ("write_file", {"path": "b.txt", "content": "x", "": "y"}),
        ("read_file", {"path": "a.txt", "__class__": "x"}),
        ("read_file", {"path": "a.txt", "ctx": {}}),
        ("read_file", {"path": "a.txt", "PATH": "b"}),
        ("list_directory", {"base_dir": "/"}),
    ):
        assert "is not an argument" in refused(world, name, json.dumps(extra))


def test_lone_surrogates(world: World) -> None:
    text = case("args-008")["text"]
    assert text == "\ud800"
    words = json.dumps({"path": "b.txt", "content": text})
    assert "\\ud800" in words
    assert sent(world, "write_file", words) == "Made 'b.txt' (1 byte)."
    assert (world.root / "b.txt").read_bytes() == b"?", "replaced on the way in"
    (world.root / "b.txt").unlink()
    world.gate.asked.clear()
    world.started.clear()
    for name, given in (
        ("write_file", {"path": "b.txt", "content": text}),
        ("read_file", {"path": text}),
        ("run_python_file", {"path": "a.py", "args": [text]}),
        ("run_shell", {"script": f"echo {text}"}),
        ("search_files", {"pattern": text}),
    ):
        with pytest.raises(ToolError, match=r"lone surrogate|as a unicode string"):
            world.call(name, **given)
    nothing_happened(world)


def test_an_empty_search_string(world: World) -> None:
    said = refused(world, "edit_file", json.dumps({"path": "a.txt", **case("args-010")}))
    assert said.startswith("'old' is empty")
    refused(world, "search_files", '{"pattern": ""}')
    refused(world, "search_text", '{"pattern": ""}')


def test_a_stale_edit(world: World) -> None:
    assert case("args-012")["expected_hash"] == "stale"
    world.call("read_file", path="a.txt")
    world.put("a.txt", "x was moved\n")
    with pytest.raises(ForbiddenPathError, match="changed since you read it"):
        world.call("edit_file", path="a.txt", old="x", new="y")
    assert (world.root / "a.txt").read_text() == "x was moved\n"
    assert "is not an argument" in _said(world, {"path": "a.txt", **case("args-012")})


def _said(world: World, given: dict[str, JsonValue]) -> str:
    with pytest.raises(ToolError) as caught:
        world.call("edit_file", **given)
    return str(caught.value)


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("read_file", {}),
        ("read_file", {"path": None}),
        ("read_file", {"path": 1}),
        ("read_file", {"path": True}),
        ("read_file", {"path": ["a.txt"]}),
        ("read_file", {"path": {"path": "a.txt"}}),
        ("read_file", {"path": "a.txt", "offset": "0"}),
        ("read_file", {"path": "a.txt", "offset": True}),
        ("read_file", {"path": "a.txt", "offset": -1}),
        ("read_file", {"path": "a.txt", "offset": 0.5}),
        ("read_file", {"path": "a.txt", "offset": None}),
        ("read_file", {"path": "a.txt", "limit": 0}),
        ("read_file", {"path": "a.txt", "limit": -(10**30)}),
        ("read_file", {"path": "a.txt", "limit": "all"}),
        ("read_file", {"path": "a.txt", "limit": 1e400}),
        ("directory_tree", {"depth": 0}),
        ("directory_tree", {"depth": 10**9}),
        ("directory_tree", {"depth": "2"}),
        ("write_file", {"path": "b.txt"}),
        ("write_file", {"content": "x"}),
        ("write_file", {"path": "b.txt", "content": None}),
        ("write_file", {"path": "b.txt", "content": ["x"]}),
        ("write_file", {"path": "b.txt", "content": {"a": 1}}),
        ("edit_file", {"path": "a.txt", "old": "x"}),
        ("edit_file", {"path": "a.txt", "old": 1, "new": 2}),
        ("run_python_file", {"path": "a.py", "args": "one two"}),
        ("run_python_file", {"path": "a.py", "args": [1]}),
        ("run_python_file", {"path": "a.py", "args": [["a"]]}),
        ("run_python_file", {"path": "a.py", "args": {"0": "a"}}),
        ("run_python_file", {"path": "a.py", "args": None}),
        ("run_python_file", {"path": "a.py", "args": ["a\0b"]}),
        ("run_python_file", {"path": "a.py", "args": ["x"] * 100_000}),
        ("run_shell", {}),
        ("run_shell", {"script": ""}),
        ("run_shell", {"script": "   "}),
        ("run_shell", {"script": ["ls"]}),
        ("run_shell", {"script": "echo a\0b"}),
        ("run_shell", {"script": "x" * 2_000_000}),
        ("search_text", {"pattern": 1}),
        ("search_text", {"pattern": "x" * 3_000}),
        ("search_files", {"pattern": "{a,b}" * 60}),
        ("get_file_summary", {"path": "a.txt", "depth": 1}),
        ("no_such_tool", {"path": "a.txt"}),
        ("", {}),
        ("read_file\n", {"path": "a.txt"}),
        ("__init__", {}),
    ],
)
def test_wrong_types_missing_fields_and_odd_numbers(
    world: World, name: str, given: dict[str, JsonValue]
) -> None:
    with pytest.raises(ToolError) as caught:
        world.call(name, **given)
    nothing_happened(world)
    assert len(str(caught.value)) + len(caught.value.hint) < 1_000


def test_a_key_that_comes_twice_means_one_thing_everywhere(world: World) -> None:
    """JSON leaves it open; the last one counts, and it is the one that is checked, shown and done."""
    given, raw = arguments('{"path": "a.txt", "path": "../outside/secret.txt"}')
    assert (given, raw) == ({"path": "../outside/secret.txt"}, None)
    with pytest.raises(ToolError, match="outside the base directory"):
        sent(world, "read_file", '{"path": "a.txt", "path": "../outside/secret.txt"}')


def test_numbers_that_are_whole_are_taken(world: World) -> None:
    assert sent(world, "read_file", '{"path": "a.txt", "offset": 2.0, "limit": 5e0}').endswith("marks")
    assert "nothing there" in sent(world, "read_file", '{"path": "a.txt", "offset": 1' + "0" * 300 + "}")
    assert sent(world, "read_file", '{"path": "a.txt", "limit": 1' + "0" * 300 + "}") == "x marks the spot\n"


def test_a_number_too_long_to_read(world: World) -> None:
    refused(world, "read_file", '{"path": "a.txt", "offset": ' + "9" * 5_000 + "}")


def test_empty_words_mean_no_arguments(world: World) -> None:
    assert arguments("") == ({}, None)
    assert sent(world, "list_directory", "").startswith(".: 2 entries")
    assert "'path' is missing" in refused(world, "read_file", "  ")
