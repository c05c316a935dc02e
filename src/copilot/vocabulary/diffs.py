"""Differences of two texts as a person and a model read them; never slow, however large the texts are."""

from collections.abc import Iterable

_LARGE_LINES = 4_000
"""Above this many lines between the first and the last difference, they are shown as one block."""
_TOLD_CHARACTERS = 2_000


def unified(old: str, new: str, path: str, *, creates: bool) -> str:
    """The unified diff of two texts of one file; empty where they are equal."""
    return _diff(old, new, "/dev/null" if creates else f"a/{path}", f"b/{path}", around=3)


def edited(proposed: str, approved: str) -> str:
    """The unified diff of a person's edit; empty where there was none."""
    return _diff(proposed, approved, "proposed", "approved", around=3)


def told_change(what: str, proposed: str, approved: str) -> str:
    """What a model reads where the person changed its text before it was used; empty where nobody did."""
    if proposed == approved:
        return ""
    diff = _diff(proposed, approved, "proposed", "approved", around=1)
    if len(diff) > _TOLD_CHARACTERS:
        diff = f"{diff[:_TOLD_CHARACTERS]}\n[... the rest of the difference is left out ...]\n"
    return f"The person changed {what}. The difference:\n{diff}\n"


def _diff(old: str, new: str, old_name: str, new_name: str, *, around: int) -> str:
    before, after = _lines(old), _lines(new)
    start, end = _equal_ends(before, after)
    if max(len(before), len(after)) - start - end > _LARGE_LINES:
        return _block(before, after, start, end, (old_name, new_name))
    import difflib

    return _joined(difflib.unified_diff(before, after, old_name, new_name, n=around))


def _lines(text: str) -> list[str]:
    """Lines end in a line feed and in nothing else; `splitlines` knows eight more ends."""
    lines = text.split("\n")
    return [f"{line}\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])


def _joined(lines: Iterable[str]) -> str:
    return "".join(
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines
    )


def _equal_ends(before: list[str], after: list[str]) -> tuple[int, int]:
    """How many lines are equal at the start, and at the end of what is left."""
    shortest = min(len(before), len(after))
    start = next((i for i in range(shortest) if before[i] != after[i]), shortest)
    rest = shortest - start
    end = next((i for i in range(rest) if before[-1 - i] != after[-1 - i]), rest)
    return start, end


def _block(before: list[str], after: list[str], start: int, end: int, names: tuple[str, str]) -> str:
    old, new = before[start : len(before) - end], after[start : len(after) - end]
    head = [f"--- {names[0]}\n", f"+++ {names[1]}\n"]
    ranges = (f"{start + bool(lines)},{len(lines)}" for lines in (old, new))  # of no lines: the one before
    head.append("@@ -{} +{} @@\n".format(*ranges))
    return _joined([*head, *(f"-{line}" for line in old), *(f"+{line}" for line in new)])


def common_length(one: str, other: str) -> int:
    """How many characters two texts have in common from their beginning."""
    low, high = 0, min(len(one), len(other))
    if one[:high] == other[:high]:
        return high
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low
