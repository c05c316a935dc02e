"""The request as a person reads it: every character that is sent, unescaped, in the order providers cache it.

It is made from the serialised body itself, so that nothing can be shown that is not sent, or sent and not
shown. The order is: model, tools, system prompt, files, messages, and last the settings, which no cache
minds.
"""

import json
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from typing import Literal

from copilot.ai.cached_prefix import cached_leaves
from copilot.ai.json_places import Body, Leaf, Step
from copilot.providers.base import Request
from copilot.vocabulary.frozen import by_name, field, frozen, mutable
from copilot.vocabulary.text import clean
from copilot.vocabulary.values import Section, View

Kind = Literal["tools", "system", "files", "branch", "message"]

_SYSTEM = frozenset({"system", "instructions", "systemInstruction", "system_instruction"})
_MESSAGES = frozenset({"messages", "input", "contents"})
_MANY_TOOLS = frozenset({"functionDeclarations", "function_declarations"})
"""What the services call the same things at the top of a body."""


@frozen
class FileSpan:
    """Where a file's part ends in the system string; `name` is its path."""

    name: str
    end: int
    view: View | None = None
    pinned: bool = False


@frozen
class Layout:
    """How the system string is divided: the prompt ends at `files_at`, then come the files in order.

    `instructions` of the project stand at the end of the prompt: the first span is what comes before them.
    """

    files_at: int
    files: tuple[FileSpan, ...] = ()
    instructions: tuple[FileSpan, ...] = ()


@frozen(kw_only=False)
class Shown:
    """One value of the body: it stands in the readable text from `start` to `end`."""

    start: int
    end: int
    leaf: Leaf


@frozen
class Xray:
    """The readable text, its sections without gaps, and where each value of the body stands in it.

    What counts for a cache ends at `cached_end`: behind it are the settings. `body` is None where the request
    could not be serialised; the text is then made from what would have been.
    """

    text: str
    sections: tuple[Section, ...]
    shown: tuple[Shown, ...]
    cached_end: int
    body: Body | None

    def section_at(self, at: int) -> int:
        """The number of the section that holds a character; the last one for the end of the text."""
        return max(bisect_right([section.start for section in self.sections], at) - 1, 0)

    def body_at(self, at: int) -> int:
        """The byte of the body for a character of the text; the next value's where it is only our label.

        -1 where there is none.
        """
        if self.body is None or not self.shown:
            return -1
        value = self.shown[min(bisect_right([one.end for one in self.shown], at), len(self.shown) - 1)]
        return self.body.byte_of(value.leaf, min(at, value.end) - value.start)


def xray(request: Request, body: bytes | None, layout: Layout, tokens: Callable[[str], int]) -> Xray:
    """Take a request apart. `tokens` estimates a text; `body` None means that it could not be made."""
    taken = Body(stand_in(request) if body is None else body)
    page = _Page(tokens)
    model = request.model
    page.label(f"— model —\n{model.provider} {model.model}\n")
    page.section("system", "model")
    parts = _Parts.of((*cached_leaves(request, taken.leaves), *taken.leaves))
    for name, tool in parts.tools:
        page.label(f"— tool {name} —\n")
        page.values(tool)
        page.section("tools", name)
    _add_system(page, parts.system, clean(request.system), layout)
    asked = bool(request.messages) and request.messages[-1].role == "user"
    for number, (name, message) in enumerate(parts.messages, 1):
        page.label(f"— {name} —\n")
        page.values(message)
        page.section("message" if asked and number == len(parts.messages) else "branch", name)
    cached_end = page.length
    page.label("— settings —\n")
    page.values([(leaf.path, leaf) for leaf in parts.settings])
    page.section("system", "settings")
    return Xray(
        text="".join(page.pieces),
        sections=tuple(page.sections),
        shown=tuple(page.shown),
        cached_end=cached_end,
        body=None if body is None else taken,
    )


Labelled = tuple[tuple[Step, ...], Leaf]
"""A value and what leads to it from the thing it belongs to."""


@mutable
class _Page:
    """The readable text while it grows. A section is everything since the one before it."""

    tokens: Callable[[str], int]
    pieces: list[str] = field(default_factory=list[str])
    sections: list[Section] = field(default_factory=list[Section])
    shown: list[Shown] = field(default_factory=list[Shown])
    length: int = 0
    _open: list[str] = field(default_factory=list[str])

    def label(self, text: str) -> None:
        self.pieces.append(text)
        self._open.append(text)
        self.length += len(text)

    def values(self, labelled: Iterable[Labelled]) -> None:
        for path, leaf in labelled:
            self.begin(path, leaf)
            self.label(leaf.shown)
            self.label("\n")

    def begin(self, path: tuple[Step, ...], leaf: Leaf) -> None:
        """The label of a value, and where the value itself will stand."""
        name = ".".join(map(str, path))
        self.label(f"{name}: " if name else "")  # the same whatever the value: a change is then at its place
        self.shown.append(Shown(self.length, self.length + len(leaf.shown), leaf))

    def section(self, kind: Kind, name: str, view: View | None = None, pinned: bool = False) -> None:
        text, self._open = "".join(self._open), []
        start = self.length - len(text)
        self.sections.append(
            Section(
                kind=kind,
                name=name,
                start=start,
                end=self.length,
                tokens=self.tokens(text),
                view=view,
                pinned=pinned,
            )
        )


def _add_system(page: _Page, leaves: Sequence[Labelled], system: str, layout: Layout) -> None:
    if not leaves:
        return
    whole = next((one for one in leaves if one[1].shown == system), None)
    page.label("— system —\n")
    page.values(one for one in leaves if one is not whole)
    if whole is not None:
        page.begin(*whole)
        page.label(system[: layout.instructions[0].end if layout.instructions else layout.files_at])
    page.section("system", "system prompt")
    if whole is None:
        return
    at = layout.files_at
    if layout.instructions:
        at = _add_instructions(page, system, layout)
    for number, file in enumerate(layout.files, 1):
        page.label(system[at : file.end] + ("\n" if number == len(layout.files) else ""))
        page.section("files", file.name, file.view, file.pinned)
        at = file.end


def _add_instructions(page: _Page, system: str, layout: Layout) -> int:
    """Each file of instructions as a section of its own; where the files begin."""
    before, *files = layout.instructions
    at = before.end
    for number, one in enumerate(files, 1):
        end = layout.files_at if number == len(files) else one.end
        page.label(system[at:end])
        page.section("system", f"instructions: {one.name}")
        at = end
    return layout.files_at


@mutable
class _Parts:
    """The values of a body by what they belong to, each part in the body's order."""

    tools: list[tuple[str, list[Labelled]]]
    system: list[Labelled]
    messages: list[tuple[str, list[Labelled]]]
    settings: list[Leaf]

    @classmethod
    def of(cls, leaves: Iterable[Leaf]) -> "_Parts":
        groups: dict[tuple[Step, ...], list[Leaf]] = {}
        for leaf in leaves:
            groups.setdefault(_group(leaf.path), []).append(leaf)
        parts = cls([], [], [], [])
        for path, found in groups.items():
            labelled = [(leaf.path[len(path) :], leaf) for leaf in found]
            if path[:1] == ("tools",):
                parts.tools.append((_named(labelled, "name"), labelled))
            elif path and (path[0] in _SYSTEM or _named(labelled, "role") == "system"):
                parts.system += labelled
            elif path:
                name = _named(labelled, "role") or _named(labelled, "type")
                parts.messages.append((name or str(path[0]), labelled))
            else:
                parts.settings += found
        return parts


def _is_mark(path: tuple[Step, ...]) -> bool:
    """Whether a value is one of the cache marks that move on with the messages: no cache minds them."""
    return path[:1] == ("messages",) and path[4:] == ("cache_control", "type")


def _group(path: tuple[Step, ...]) -> tuple[Step, ...]:
    top = path[:1]
    if _is_mark(path):
        return ()
    if top == ("tools",):
        return path[:4] if len(path) > 3 and path[2] in _MANY_TOOLS else path[:2]
    if top and top[0] in _MESSAGES:
        return path[:2]
    return top if top and top[0] in _SYSTEM else ()


def _named(labelled: Sequence[Labelled], key: str) -> str:
    near = [leaf.shown for path, leaf in labelled if len(path) <= 2 and path[-1:] == (key,)]
    return near[0] if near else ""


def stand_in(request: Request) -> bytes:
    """What would be sent, near enough, where no provider can say it."""
    body = {
        "tools": [
            {"name": tool.name, "description": tool.description, "parameters": tool.parameters}
            for tool in request.tools
        ],
        "system": request.system,
        "messages": [
            {"role": message.role, "parts": [by_name(part) for part in message.parts]}
            for message in request.messages
        ],
    }
    return json.dumps(body, ensure_ascii=False, default=dict).encode("utf-8", "replace")
