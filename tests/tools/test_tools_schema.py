"""A tool's schema from its function, and its calls checked by the same model."""

from typing import Annotated

import pytest

from copilot.rehearsal.schema_check import schema_problem
from copilot.shell.shells import Shell
from copilot.tools.argument import Argument
from copilot.tools.context import ToolContext
from copilot.tools.registry import default_tools
from copilot.tools.schema import tool, validate
from copilot.vocabulary.errors import ToolError
from copilot.vocabulary.messages import JsonValue, ToolCall
from tool_world import SH, World


def sample(
    ctx: ToolContext,
    *,
    path: Annotated[str, Argument(description="A path.")],
    count: Annotated[int, Argument(ge=0, description="How many.")] = 3,
    words: Annotated[list[str], Argument(description="Words.")] = [],  # noqa: B006
    most: Annotated[int | None, Argument(ge=1, description="At most.")] = None,
) -> str:
    """Do something.

    More about it.
    """
    return ""


SAMPLE = tool(sample, gated=False, note="A note.")


def check(**arguments: JsonValue) -> dict[str, object]:
    return validate(SAMPLE, ToolCall(call_id="c", name="sample", arguments=arguments))


def test_the_schema_is_plain() -> None:
    assert SAMPLE.spec.name == "sample"
    assert SAMPLE.spec.description == "Do something.\n\nMore about it. A note."
    assert SAMPLE.spec.parameters == {
        "type": "object",
        "additionalProperties": False,
        "required": ["path"],
        "properties": {
            "path": {"type": "string", "description": "A path."},
            "count": {"type": "integer", "minimum": 0, "default": 3, "description": "How many."},
            "words": {"type": "array", "items": {"type": "string"}, "default": [], "description": "Words."},
            "most": {"type": "integer", "minimum": 1, "description": "At most."},
        },
    }


def test_good_arguments() -> None:
    assert check(path="a") == {"path": "a", "count": 3, "words": [], "most": None}
    assert check(path="a", count=5.0, words=["x"], most=None) == {
        "path": "a", "count": 5, "words": ["x"], "most": None,
    }  # fmt: skip
    assert check(path="a", count=10**30)["count"] == 10**30


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "'path' is missing."),
        ({"path": 1}, "'path': input should be a valid string."),
        ({"path": None}, "'path': input should be a valid string."),
        ({"path": ["a"]}, "'path': input should be a valid string."),
        ({"path": "a", "count": "5"}, "'count': input should be a valid integer."),
        ({"path": "a", "count": True}, "'count': input should be a valid integer."),
        ({"path": "a", "count": 1.5}, "'count': input should be a valid integer."),
        (
            {"path": "a", "count": float("nan")},
            "'count': input should be a valid integer.",
        ),
        (
            {"path": "a", "count": float("inf")},
            "'count': input should be a valid integer.",
        ),
        ({"path": "a", "count": 1e300}, "'count': input should be a valid integer."),
        (
            {"path": "a", "count": -1},
            "'count': input should be greater than or equal to 0.",
        ),
        ({"path": "a", "most": 0}, "'most': input should be greater than or equal to 1."),
        ({"path": "a", "words": "x"}, "'words': input should be a valid list."),
        ({"path": "a", "words": [1]}, "'words.0': input should be a valid string."),
        ({"path": "a", "wrods": []}, "'wrods' is not an argument; did you mean 'words'?"),
        (
            {"path": "a", "z": 1},
            "'z' is not an argument; there is only: path, count, words, most.",
        ),
        ({"path": "\ud800"}, "path: it holds a lone surrogate."),
        ({"path": "a", "words": ["\udc80"]}, "words: it holds a lone surrogate."),
    ],
)
def test_bad_arguments_are_told_in_words(arguments: dict[str, JsonValue], message: str) -> None:
    with pytest.raises(ToolError) as caught:
        check(**arguments)
    assert str(caught.value) == f"sample was not run. {message}"


def test_a_value_is_not_repeated_in_the_message() -> None:
    deep: JsonValue = []
    for _ in range(500):
        deep = [deep]
    with pytest.raises(ToolError) as caught:
        check(path=deep, **{f"x{n}\x1b[2J": "SECRET" for n in range(50)})
    assert "SECRET" not in str(caught.value)
    assert "\x1b" not in str(caught.value)
    assert len(str(caught.value)) < 1_000


def test_arguments_that_were_no_object() -> None:
    with pytest.raises(ToolError, match="not a JSON object; nothing was done"):
        validate(SAMPLE, ToolCall(call_id="c", name="sample", arguments={}, raw='{"path": "a'))


POWERSHELL = Shell(name="powershell", path="C:\\Windows\\powershell.exe")
READING = (
    "list_directory", "directory_tree", "read_file", "search_files", "search_text", "get_file_summary",
)  # fmt: skip


@pytest.mark.parametrize(
    ("shell", "scripts"),
    [(SH, ("run_shell",)), (POWERSHELL, ("run_powershell",)), (None, ())],
)
def test_the_offer(shell: Shell | None, scripts: tuple[str, ...]) -> None:
    tools = default_tools(shell, environ={}, platform="linux")
    gated = ("write_file", "edit_file", "run_python_file", *scripts)
    assert tuple(spec.name for spec in tools.specs) == (*READING, *gated)
    assert tuple(spec.name for spec in tools.specs if tools.gated(spec.name)) == gated
    assert not tools.gated("no such tool")
    assert tools.specs == default_tools(shell, environ={}, platform="linux").specs


def test_every_schema_is_one_that_services_take() -> None:
    for spec in default_tools(SH, environ={}, platform="linux").specs:
        assert schema_problem(dict(spec.parameters)) == ""
        words = repr(spec.parameters)
        assert not [word for word in ("$ref", "$defs", "anyOf", "'title'") if word in words]
        properties = spec.parameters["properties"]
        assert isinstance(properties, dict)
        assert all(isinstance(one, dict) and one.get("description") for one in properties.values())
        assert spec.description


def test_the_model_is_told_its_shell() -> None:
    last = default_tools(SH, environ={}, platform="linux").specs[-1]
    assert last.description.endswith(
        "The shell is the POSIX sh (this machine has neither PowerShell nor bash)."
    )


def test_an_unknown_tool_is_told_with_its_neighbours(world: World) -> None:
    with pytest.raises(ToolError) as caught:
        world.call("read_fil", path="x")
    assert (str(caught.value), caught.value.hint) == (
        "there is no tool 'read_fil'.",
        "Did you mean read_file?",
    )
    with pytest.raises(ToolError, match=r"there is no tool '\\x1bqq'"):
        world.call("\x1bqq")


def test_our_keys_never_reach_the_model(world: World) -> None:
    world.put("a.txt", "the key is KEY-0123456789 here")
    world.keys = ("KEY-0123456789", "")
    assert world.call("read_file", path="a.txt") == "the key is [key removed] here"


def test_what_the_model_reads_can_be_written_down(world: World) -> None:
    world.put("a.py", "NAME = '\\ud800'\n")
    assert "\ud800" not in world.call("get_file_summary", path="a.py")
