"""The process that tries a regular expression on texts. Started by path, and killed when it is late.

A pattern can take for ever on a short line, and Python cannot stop it from inside; a process of its own can
be ended. It reads one JSON line with the pattern and limits, then for each text a line with its length in
bytes and the text (UTF-8), and answers each with one JSON line. Standard library only.
"""

import json
import re
import sys
from typing import Any

MEMORY_BYTES = 1_000_000_000


def main() -> None:
    """Answer until standard input ends."""
    _bound_memory()
    source, answers = sys.stdin.buffer, sys.stdout
    job = json.loads(source.readline())
    try:
        pattern = re.compile(job["pattern"])
    except (re.error, OverflowError, RecursionError) as error:
        print(json.dumps({"error": str(error) or type(error).__name__}), flush=True)
        return
    print("{}", file=answers, flush=True)
    while line := source.readline():
        text = source.read(int(line)).decode("utf-8", "replace")
        print(json.dumps(find(pattern, text, job["most"], job["line"])), file=answers, flush=True)


def find(pattern: "re.Pattern[str]", text: str, most: int, characters: int) -> dict[str, Any]:
    """The matching lines with their numbers: the first `most`, each cut to `characters` around the match."""
    found: list[tuple[int, str]] = []
    for number, line in enumerate(text.split("\n"), start=1):
        line = line.removesuffix("\r")
        match = pattern.search(line)
        if match is None:
            continue
        if len(found) == most:
            return {"found": found, "more": True}
        found.append((number, _cut(line, match.start(), characters)))
    return {"found": found, "more": False}


def _cut(line: str, start: int, characters: int) -> str:
    if len(line) <= characters:
        return line
    begin = max(0, min(start - characters // 4, len(line) - characters))
    end = begin + characters
    return f"{'…' if begin else ''}{line[begin:end]}{'…' if end < len(line) else ''}"


def _bound_memory() -> None:
    try:
        import resource
    except ImportError:  # Windows
        return
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))


if __name__ == "__main__":
    main()
