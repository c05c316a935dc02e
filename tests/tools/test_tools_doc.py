"""The example of docs/adding-a-tool.md works as it is printed."""

import re
from pathlib import Path
from typing import Any

from copilot.tools.registry import Tools
from copilot.tools.schema import tool
from copilot.vocabulary.messages import ToolCall
from tool_world import World

PAGE = Path(__file__).parents[2] / "docs" / "adding-a-tool.md"


def test_the_example_is_a_tool(world: World) -> None:
    code = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)[0]
    names: dict[str, Any] = {}
    exec(compile(code, str(PAGE), "exec"), names)
    tools = Tools([tool(names["count_lines"], gated=False)])
    world.put("a.txt", "one\n\ntwo\n")
    call = ToolCall(call_id="c", name="count_lines", arguments={"path": "a.txt", "blank": False})
    assert tools.call(call, world.context()) == "2"
    assert tools.specs[0].description == "Count the lines of a text file."
