"""The tool by which a model reads a skill: folders of instructions that the person has, or trusts."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from copilot.tools.context import ToolContext
from copilot.tools.outside import Outside, OutsideTool
from copilot.vocabulary.errors import ToolError
from copilot.vocabulary.messages import JsonValue
from copilot.vocabulary.text import clean, visible
from copilot.vocabulary.trusts import TrustItem
from copilot.vocabulary.values import Project, ToolSpec
from copilot.workspace.boundary import Boundary
from copilot.workspace.brought import MOST_BYTES, SKILL, Brought
from copilot.workspace.instructions import without_hidden
from copilot.workspace.secrets import secret_reason

MOST_CHARACTERS = 100_000
NAME = "read_skill"
_SPEC = ToolSpec(
    name=NAME,
    description=(
        "Read a skill, which the system prompt lists with what it is for. Do so before you do that. "
        "Scripts in a skill run only as any other script: by the tools for scripts, after approval."
    ),
    parameters={
        "type": "object",
        "properties": {
            "name": {"type": "string", "description": "The skill's name."},
            "file": {
                "type": "string",
                "description": "A file of it; the skill itself without.",
                "default": SKILL,
            },
        },
        "required": ["name"],
        "additionalProperties": False,
    },
)

SkillsOf = Callable[[Project], Sequence[Brought]]


class SkillTools:
    """What servers offer, and `read_skill` where there are skills. `skills` looks at the disk each time."""

    def __init__(self, servers: Outside, skills: SkillsOf) -> None:
        self._servers = servers
        self._skills = skills

    def begin(self, project: Project, news: Callable[[], None]) -> None:
        """As `Outside`."""
        self._servers.begin(project, news)

    def tools(
        self, project: Project, cancelled: Callable[[], bool], warn: Callable[[str], None]
    ) -> Sequence[OutsideTool]:
        """As `Outside`."""
        return (*self._reading(project), *self._servers.tools(project, cancelled, warn))

    def known(self, project: Project) -> Sequence[OutsideTool]:
        """As `Outside`."""
        return (*self._reading(project), *self._servers.known(project))

    def items(self, project: Project) -> Sequence[TrustItem]:
        """As `Outside`."""
        return self._servers.items(project)

    def close(self) -> None:
        """As `Outside`."""
        self._servers.close()

    def _reading(self, project: Project) -> Sequence[OutsideTool]:
        if not self._skills(project):
            return ()

        def read(_ctx: ToolContext, arguments: Mapping[str, JsonValue]) -> str:
            name, file = arguments.get("name"), arguments.get("file", SKILL)
            if not isinstance(name, str) or not isinstance(file, str):
                raise ToolError("read_skill takes a name, and perhaps a file, both texts.")
            return read_skill(lambda: self._skills(project), name, file)

        return (OutsideTool(spec=_SPEC, function=read, gated=False),)


def read_skill(skills: Callable[[], Sequence[Brought]], name: str, file: str) -> str:
    """A file of a skill, as a model reads it. Raises ToolError for one that is not there, or not text."""
    found = _named(skills(), name)
    if file in ("", SKILL):
        text = found.page.body
        more = f"\n\n[Other files, for read_skill: {', '.join(found.files)}]" if found.files else ""
        return _shortened(without_hidden(text)) + more
    if file not in found.files:
        there = ", ".join((SKILL, *found.files))
        raise ToolError(
            f"the skill {found.name} has no file {visible(file, keep='')[:80]}.", f"It has: {there}."
        )
    path = f"{found.path.rpartition('/')[0]}/{file}"
    data = Boundary(Path(found.folder)).read_bytes(path, at_most=MOST_BYTES).data
    if _named(skills(), name).sha256 != found.sha256:  # what is read is what was trusted
        raise ToolError(f"the skill {found.name} changed while it was read.")
    if why := secret_reason(path, data):
        raise ToolError(f"{file} is not read: {why}.")
    try:
        return _shortened(without_hidden(clean(data.decode("utf-8-sig"))))
    except UnicodeDecodeError as error:
        raise ToolError(f"{file} is not text.") from error


def _named(skills: Sequence[Brought], name: str) -> Brought:
    for one in skills:
        if one.name == name:
            return one
    names = ", ".join(one.name for one in skills) or "none"
    raise ToolError(f"there is no skill '{visible(name, keep='')[:80]}'.", f"There is: {names}.")


def _shortened(text: str) -> str:
    if len(text) <= MOST_CHARACTERS:
        return text
    return f"{text[:MOST_CHARACTERS]}\n[cut: {len(text) - MOST_CHARACTERS:,} more characters]"
