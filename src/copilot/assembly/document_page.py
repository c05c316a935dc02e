"""The page that a documented folder has: read, compared with the code, written."""

import os
from collections.abc import Iterable
from pathlib import Path

from copilot.documents.page import Updated, patterns_in, stale, updated
from copilot.documents.reading import Source
from copilot.documents.tree import tree
from copilot.documents.working import Work
from copilot.documents.writing import Layout, section_digests, sections
from copilot.storage.disk import storage_error
from copilot.vocabulary.errors import ConfigError

PAGE = "docs/CODEBASE.md"
"""Where it is put in the folder that is documented, unless the person says another place."""


def text_of(page: Path) -> str | None:
    """The page as it is, line ends and all; None where there is none. Raises ConfigError."""
    try:
        return page.read_bytes().decode("utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"{page} cannot be read: {error}", "Name another file with --out, or put this one right."
        ) from error


def patterns_for(said: tuple[str, ...], text: str | None) -> tuple[str, ...]:
    """The patterns that the person said, else those that the page was made with. Raises ProjectError."""
    return said or patterns_in(text or "")


def place_in(base_dir: Path, page: Path) -> str:
    """The page's path from the folder, "" where it lies outside."""
    return page.relative_to(base_dir).as_posix() if page.is_relative_to(base_dir) else ""


def stale_lines(text: str, sources: Iterable[Source]) -> tuple[str, ...]:
    """What of a page is not that of the code: a line for each path. Raises ProjectError."""
    return stale(text, section_digests(tree(source.leaf for source in sources)))


def write_page(work: Work, page: Path, base_dir: Path, patterns: tuple[str, ...] = ()) -> Updated:
    """Put the sections into the page; a page that is as it was is not touched. `patterns` chose the files.

    Raises ConfigError, ProjectError, StorageError.
    """
    from copilot.context import keeping

    layout = Layout(
        name=base_dir.name,
        root=work.root,
        texts=work.outcome.texts,
        book=work.book,
        page=Path(os.path.relpath(page, base_dir)).as_posix(),
        patterns=patterns,
    )
    before = text_of(page) or ""
    done = updated(before, list(sections(layout)))
    if done.text != before:
        try:
            page.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise storage_error("making", page.parent, error) from error
        keeping.write(page, [done.text], mode=0o644)
    return done
