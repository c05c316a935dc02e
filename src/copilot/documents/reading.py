"""The files of a folder as they are documented: what of each is told to the model, and its hash.

What ignore rules, secrets and the boundary keep from a context is kept from here as well.
"""

import hashlib
from collections.abc import Callable, Collection, Sequence
from pathlib import Path

from copilot.context.choosing import survey, while_wanted
from copilot.context.files import Folder
from copilot.context.making import Job, Unread, read
from copilot.context.summarize import summary_of
from copilot.documents.facts import FileFacts, facts_of
from copilot.documents.page import is_page
from copilot.documents.tree import Leaf
from copilot.vocabulary.frozen import field, frozen
from copilot.vocabulary.text import clean, without_keys, without_tags
from copilot.vocabulary.values import FileChoice
from copilot.workspace.boundary import Boundary
from copilot.workspace.reading import decode
from copilot.workspace.tree_reader import TreeReader

SOURCE_CHARACTERS = 120_000
"""Of a file whose symbols are known; a longer one is told by its outline."""
DATA_CHARACTERS = 8_000
"""Of any other text."""
_FORMAT = "1"
"""Changes with what a page's marks mean, so that every page of before is stale."""
_GENERATED = (
    "package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml", "uv.lock", "poetry.lock",
    "pdm.lock", "Pipfile.lock", "Cargo.lock", "go.sum", "composer.lock", "Gemfile.lock", "bun.lock",
)  # fmt: skip
_GENERATED_ENDS = (".min.js", ".min.css", ".map", ".svg", ".pem", ".snap")


@frozen
class Source:
    """One file. `told` is what the model sees, the outline where `outlined`; empty for an empty file."""

    leaf: Leaf
    told: str
    outlined: bool
    facts: FileFacts

    @property
    def path(self) -> str:
        """Relative to the folder, with forward slashes."""
        return self.leaf.path


@frozen
class Reading:
    """The files by path, and a line for each that is not documented."""

    sources: tuple[Source, ...]
    left_out: tuple[str, ...] = ()


@frozen
class Where:
    """What is read. `page` is the path of the document itself where it lies in the folder, else "".

    `patterns` choose files as a project's entries do; all without any.
    """

    base_dir: Path
    page: str = ""
    patterns: tuple[str, ...] = ()
    excludes: Path | None = None
    left_out: tuple[str, ...] = ()
    keys: Collection[str] = field(default_factory=tuple[str, ...])


def read_sources(
    where: Where, cancelled: Callable[[], bool], *, facts: bool = True, progress: Callable[[int, int], None]
) -> Reading:
    """Read everything. Without `facts` only hashes are known. Raises TurnCancelledError."""
    folder = Folder(where.base_dir, where.excludes, where.left_out)
    found = survey(_choices(where.patterns), folder, cancelled)
    sources: list[Source] = []
    left_out = list(found.complaints)
    boundary = Boundary(where.base_dir)
    with TreeReader(where.base_dir) as reader:
        for done, path in enumerate(while_wanted(found.chosen, cancelled), 1):
            progress(done, len(found.chosen))
            if path == where.page or _is_generated(path):
                continue
            if clean(path) != path:
                left_out.append(f"{path}: its name is no text")
                continue
            _, stamp = found.chosen.asked(path)
            got = read(reader, boundary, Job(path=path, view="full", stamp=stamp))
            if isinstance(got, Unread):
                left_out.append(f"{path}: {got.note}")
            elif (one := _source(path, got[0], where.keys, facts=facts)) is not None:
                sources.append(one)
    return Reading(sources=tuple(sources), left_out=tuple(left_out))


def _source(path: str, data: bytes, keys: Collection[str], *, facts: bool) -> Source | None:
    """None for what is no text, and for a page that this program wrote."""
    decoded = decode(data)
    if decoded is None or is_page(decoded.text):
        return None
    digest = hashlib.sha256(f"{_FORMAT}\n{path}\n".encode("utf-8", "surrogatepass") + data).hexdigest()[:16]
    leaf = Leaf(path, digest)
    if not facts:
        return Source(leaf=leaf, told="", outlined=False, facts=FileFacts(path=path))
    text = without_keys(without_tags(clean(decoded.text)), keys)
    known = facts_of(path, text)
    most = SOURCE_CHARACTERS if known.parsed else DATA_CHARACTERS
    if not text.strip():
        return Source(leaf=leaf, told="", outlined=False, facts=known)
    if len(text) <= most:
        return Source(leaf=leaf, told=text, outlined=False, facts=known)
    return Source(leaf=leaf, told=summary_of(path, text, len(data)).text[:most], outlined=True, facts=known)


def _choices(patterns: Sequence[str]) -> tuple[FileChoice, ...]:
    """The patterns as entries of a project; where all of them take out, from everything."""
    wanted = patterns if any(not one.startswith("!") for one in patterns) else ("**", *patterns)
    return tuple(FileChoice(pattern=one) for one in wanted)


def _is_generated(path: str) -> bool:
    name = path.rpartition("/")[2]
    return name in _GENERATED or name.endswith(_GENERATED_ENDS)
