"""A Jupyter notebook by its cells."""

import json
import re
from typing import Any, cast

from copilot.context.markdown import amount, one_line
from copilot.context.table import LONGEST_VALUE, Row, shortened, table

_DEFINED = re.compile(r"^(?:async\s+def|def|class)\s+\w+(?:\([^)\n]*\)?)?", re.MULTILINE)


def notebook(text: str) -> tuple[str, str]:
    """The language of its kernel and the table; the table is empty where it is not a notebook."""
    try:
        read: Any = json.loads(text)
    except (ValueError, RecursionError):
        return "", ""
    cells = _list(_dict(read).get("cells"))
    kernel = _dict(_dict(_dict(read).get("metadata")).get("kernelspec"))
    rows = [_row(number, _dict(cell)) for number, cell in enumerate(cells, 1)]
    return one_line(str(kernel.get("language", ""))), table(rows, "content", "cell")


def _row(number: int, cell: dict[str, Any]) -> Row:
    held: object = cell.get("source", "")
    source = "".join(str(line) for line in _list(held)) or ("" if isinstance(held, list) else str(held))
    lines = [line.strip() for line in source.splitlines() if line.strip()]
    kind = str(cell.get("cell_type", "")) or "no type"
    defined = "; ".join(_DEFINED.findall(source)) if kind == "code" else ""
    heading = next((line for line in lines if line.startswith("#")), "") if kind == "markdown" else ""
    first = defined or heading or next(iter(lines), "")
    outputs = len(_list(cell.get("outputs")))
    about = f"{kind}, {amount(len(source.splitlines()), 'line')}"
    about += f", {amount(outputs, 'output')}" if outputs else ""
    longest = 400 if defined else LONGEST_VALUE
    return Row(first=number, last=number, code=shortened(one_line(first), longest), about=about)


def _dict(value: object) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _list(value: object) -> list[Any]:
    return cast("list[Any]", value) if isinstance(value, list) else []
