"""Trees of files for the tests of the context: small, mixed, the same every time."""

import random
from collections.abc import Mapping
from pathlib import Path

from copilot.context import aggregate
from copilot.context.aggregate import Aggregate
from copilot.vocabulary.values import FileChoice, Limits, Project, View

WORDS = ("alpha", "beta", "gamma", "delta", "order", "price", "shelf", "stock")


def tree(base: Path, files: Mapping[str, str | bytes]) -> Path:
    """The files below `base`, which is made; the same `base`."""
    for name, content in files.items():
        path = base / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return base


def source(seed: int) -> str:
    """A Python module of a few dozen lines."""
    chance = random.Random(seed)
    lines = [f'"""Module {seed}."""\n', f"import {chance.choice(WORDS)}_{seed % 7}\n"]
    for number in range(chance.randint(3, 9)):
        name = f"{chance.choice(WORDS)}_{seed}_{number}"
        lines.append(f"\n\ndef {name}(first: int, second: str = 'x') -> str:\n")
        lines.append(f'    """Say {name}."""\n    total = first * {number}\n    return second * total\n')
    return "".join(lines)


def mixed(count: int) -> dict[str, str | bytes]:
    """Many kinds of files: source, text, data, links of names with spaces and brackets, binary, odd bytes."""
    files: dict[str, str | bytes] = {}
    for number in range(count):
        folder = f"pack{number % 5}/sub {number % 3}"
        match number % 8:
            case 0 | 1 | 2 | 3:
                files[f"{folder}/mod_{number}.py"] = source(number)
            case 4:
                files[f"{folder}/notes [{number}].md"] = f"# Notes {number}\n\n## Part\n\n{'word ' * 60}\n"
            case 5:
                files[f"{folder}/größe{number}.json"] = f'{{"name": "n{number}", "list": [1, 2, {number}]}}\n'
            case 6:
                files[f"{folder}/raw{number}.bin"] = bytes(range(256)) * 2
            case _:
                files[f"{folder}/latin{number}.txt"] = f"caf\xe9 {number}\r\n".encode("latin-1") * 5
    return files


def project(base: Path, *choices: str | FileChoice, tokens: int = 10**9) -> Project:
    """A project on `base`; a choice that is a text is a pattern at the view `full`."""
    files = tuple(FileChoice(pattern=c) if isinstance(c, str) else c for c in choices)
    return Project(name="shop", base_dir=str(base), files=files, limits=Limits(max_context_tokens=tokens))


def choice(pattern: str, view: View, *, pinned: bool = False) -> FileChoice:
    """An entry with a view."""
    return FileChoice(pattern=pattern, view=view, pinned=pinned)


def text_of(built: Aggregate) -> str:
    """The files section."""
    return aggregate.files_markdown(built.items)
