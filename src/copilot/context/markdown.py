"""Small pieces of Markdown that hold whatever a file holds: fences, code in a table, paths."""

import re

from copilot.vocabulary.patterns import late
from copilot.vocabulary.text import visible

_LINE_BREAKS = late(r"[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]+")

_FENCE_WORDS = {
    "bash": "bash", "c": "c", "cc": "cpp", "cpp": "cpp", "cs": "csharp", "css": "css", "diff": "diff",
    "go": "go", "h": "c", "hpp": "cpp", "html": "html", "java": "java", "js": "javascript", "json": "json",
    "jsx": "jsx", "kt": "kotlin", "lua": "lua", "md": "markdown", "php": "php", "ps1": "powershell",
    "py": "python", "pyi": "python", "rb": "ruby", "rs": "rust", "sh": "bash", "sql": "sql", "swift": "swift",
    "toml": "toml", "ts": "typescript", "tsx": "tsx", "xml": "xml", "yaml": "yaml", "yml": "yaml",
}  # fmt: skip


def fenced(text: str, word: str = "") -> str:
    """A fenced block, its fence longer than any run of backticks inside; ends with a newline."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    end = "" if text.endswith("\n") or not text else "\n"
    return f"{fence}{word}\n{text}{end}{fence}\n"


def fence_word(path: str) -> str:
    """What follows the opening fence for a file of this name; empty when unknown."""
    return _FENCE_WORDS.get(path.rpartition(".")[2].lower(), "") if "." in path else ""


def one_line(text: str) -> str:
    """Line breaks of every kind become a space."""
    return _LINE_BREAKS.sub(" ", text).strip()


def code(text: str) -> str:
    """A code span on one line that may hold backticks."""
    text = one_line(text)
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    ticks = "`" * (longest + 1)
    pad = " " if text.startswith("`") or text.endswith("`") or not text else ""
    return f"{ticks}{pad}{text}{pad}{ticks}"


def cell(text: str) -> str:
    """The text as one cell of a table."""
    return one_line(text).replace("|", "\\|")


def path_line(path: str) -> str:
    """A path on one line, everything that does not show written out."""
    return visible(path, keep="")


def amount(count: int, noun: str) -> str:
    """`1 line`, `2,000 lines`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def line_count(text: str) -> int:
    """Lines as an editor counts them; a last line without an end counts."""
    return text.count("\n") + (not text.endswith("\n") if text else 0)
