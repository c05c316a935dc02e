"""`@path` in a question: the files and folders that go with it whole, for this turn."""

from pathlib import Path

from copilot.context.choices import exact
from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.named_paths import paths_in, words_behind_at
from copilot.vocabulary.values import FileChoice


@frozen
class Named:
    """What a question names. `missing` are words that look like paths and name nothing in the folder."""

    files: tuple[FileChoice, ...]
    missing: tuple[str, ...]


def named_in(prompt: str, base_dir: Path) -> Named:
    """What `prompt` names in the folder; what its ignore rules or the boundary hide is told by the turn."""
    if "@" not in prompt:
        return Named(files=(), missing=())
    found = paths_in(prompt, lambda path: _there(base_dir, path))
    missing = [
        word
        for word in words_behind_at(prompt)
        if "/" in word and not _there(base_dir, word) and not any(word.startswith(path) for path in found)
    ]
    return Named(files=tuple(_choice(base_dir, path) for path in found), missing=tuple(missing))


def _there(base_dir: Path, path: str) -> bool:
    """Whether a relative path names a file or folder; one that leads out of the folder does not."""
    if Path(path).is_absolute() or ".." in Path(path).parts:
        return False
    try:
        return (base_dir / path).exists()
    except (OSError, ValueError):  # too long, a null character
        return False


def _choice(base_dir: Path, path: str) -> FileChoice:
    folder = (base_dir / path).is_dir()
    pattern = exact(path.rstrip("/"), folder=folder)
    if folder and not pattern.endswith("/**"):
        pattern += "/**"
    return FileChoice(pattern=pattern, view="full", pinned=not folder)
