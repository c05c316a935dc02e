"""The calculator that the tour works on: a copy of it, and the one bug that is planted there."""

from collections.abc import Mapping
from pathlib import Path

from copilot.vocabulary.errors import CopilotError

PROMPTS: Mapping[str, str] = {
    "tour": "The tests fail. Find out why and mend it.",
    "calculator": "What is 2 * 3 + 4?",
}
"""What a person asks first, for each scenario that works on the calculator."""

BUGGY_FILE = "calculator/evaluator.py"
SOUND = b"RANKS[waiting.text] >= RANKS[coming.text]"
PLANTED = b"RANKS[waiting.text] > RANKS[coming.text]"
"""With `>`, two operators of equal rank are worked out from right to left: 8 - 3 - 2 becomes 7."""

_SUFFIX = ".txt"
"""What the package adds to each file's name, so that nothing takes the calculator for a part of it."""


def calculator_files() -> dict[str, bytes]:
    """The calculator as shipped: relative paths with forward slashes, and the bytes."""
    root = Path(__file__).parent / "calculator"
    return {
        path.relative_to(root).as_posix().removesuffix(_SUFFIX): path.read_bytes()
        for path in sorted(root.rglob(f"*{_SUFFIX}"))
    }


def copy_calculator(folder: Path) -> None:
    """Write the calculator into `folder`, which is made if needed. Existing files are overwritten."""
    for name, data in calculator_files().items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def plant_bug(folder: Path) -> None:
    """Break the copy in `folder` so that exactly two of its ten tests fail. Raises CopilotError."""
    path = folder / BUGGY_FILE
    text = path.read_bytes()
    if text.count(SOUND) != 1:
        raise CopilotError(f"{path}: the line to break is not there", "Make a fresh copy of the calculator.")
    path.write_bytes(text.replace(SOUND, PLANTED))
