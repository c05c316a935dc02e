"""What a model would write where it is asked to document code: right, but for what it is told to get wrong.

Every statement is taken from the code by `ast` (by plain patterns in other languages). A share of them is
made wrong, chosen by a seed, and told to whoever counts them.
"""

import ast
import copy
import json
import re
import zlib
from collections.abc import Iterator, Sequence
from random import Random
from typing import cast

from copilot.rehearsal.asked import Asked
from copilot.rehearsal.scenario import DocumentRules
from copilot.vocabulary.frozen import field, frozen, mutable
from copilot.vocabulary.messages import JsonValue

_GIVEN = re.compile(
    r'<(?:file|outline) path="([^"]*)">\n(.*)</(?:file|outline)>\n\nDocument this file\.', re.DOTALL
)
_FOLDED = re.compile(
    r'<(?:folder path="[^"]*"[^>]*|codebase)>\n(.*)</(?:folder|codebase)>\n\nDocument ', re.DOTALL
)
_ENTRY = re.compile(r'<entry path="([^"]*)">\n(.*?)</entry>', re.DOTALL)
_NAMES = re.compile(r"^Defines: (.*)$", re.MULTILINE)
_FUNCTION = re.compile(
    r"^\s*(?:export )?(?:pub )?(?:async )?(?:function|fn|func)\s+(\w+)\s*\(([^()\n]*)\)", re.MULTILINE
)
_CONSTANT = re.compile(r"^(?:export )?(?:pub )?const ([A-Z_]+)[^=\n]*= *([\w.\"']+);?$", re.MULTILINE)
_SENT_BACK = "These statements do not agree with the code:"
_MOST_ITEMS = 25
_VERBS = ("Gives", "Makes", "Reads", "Writes", "Keeps", "Finds", "Checks")

Kind = str


@frozen
class Planted:
    """A statement that was made wrong: `text` is what stands in backticks."""

    path: str
    kind: Kind
    text: str


@mutable
class _Pen:
    """Writes statements, some of them wrong. `right` and `wrong` collect both."""

    path: str
    random: Random
    share: float
    wrong: list[Planted] = field(default_factory=list[Planted])

    def choose(self, kind: Kind, right: str, wrong: str) -> str:
        """One of the two, in backticks."""
        if wrong != right and wrong and self.random.random() < self.share:
            self.wrong.append(Planted(path=self.path, kind=kind, text=wrong))
            return f"`{wrong}`"
        return f"`{right}`"

    def verb(self) -> str:
        return self.random.choice(_VERBS)


def described(asked: Asked, rules: DocumentRules) -> tuple[str, tuple[Planted, ...]] | None:
    """The documentation that is asked for, and what of it is wrong; None where nothing of the kind is."""
    sent_back = asked.text.startswith(_SENT_BACK)
    for text in _said_before(asked) if sent_back else [asked.text]:
        file, folder = _GIVEN.search(text), _FOLDED.search(text)
        if file is None and folder is None:
            continue
        share = 0.0 if sent_back and not rules.stubborn else rules.wrong
        path = file[1] if file is not None else text.partition("\n")[0]
        pen = _Pen(path=path, random=Random(f"{rules.seed}:{path}"), share=share)
        words = (
            _file(pen, file[2]) if file is not None else _folder(pen, (folder or [""])[1] if folder else "")
        )
        return words, tuple(pen.wrong)
    return None


def _said_before(asked: Asked) -> Iterator[str]:
    """The texts of the prompt that ask for documentation."""
    todo: list[JsonValue] = [
        cast(JsonValue, json.loads(block)) for block in asked.blocks if block[:1] in '{["'
    ]
    while todo:
        one = todo.pop(0)
        if isinstance(one, str):
            if "\n\nDocument " in one:
                yield one
        elif isinstance(one, dict):
            todo += one.values()
        elif isinstance(one, list):
            todo += one


def _folder(pen: _Pen, told: str) -> str:
    entries = [(path, text) for path, text in _ENTRY.findall(told) if " (part " not in path]
    edition = zlib.crc32(told.encode("utf-8", "replace"))  # as a model says something new of new parts
    if not entries:
        return f"Its parts work together as each of them says (told as number {edition})."
    lines = [f"Holds {len(entries)} parts that work together (told as number {edition})."]
    for path, text in entries[:6]:
        made_up = f"{path.rstrip('/').rpartition('.')[0] or path.rstrip('/')}_legacy.py"
        lines.append(f"{pen.choose('file', path, made_up)} is one of them.")
        names = _NAMES.search(text)
        if names is not None and not path.endswith("/"):
            first = names[1].split(", ")[0].strip("`")
            lines.append(f"Begin at {pen.choose('symbol', first, _made_up(first))}.")
    return "\n\n".join((" ".join(lines), "Work goes from the first to the last."))


def _file(pen: _Pen, text: str) -> str:
    name = pen.path.rpartition("/")[2]
    try:
        tree = ast.parse(text) if pen.path.endswith((".py", ".pyi")) else None
    except (SyntaxError, ValueError, RecursionError):
        tree = None
    about = (ast.get_docstring(tree) or "").partition("\n")[0] if tree is not None else ""
    said = re.sub(r"[`<>\[\]*_]", "", about).rstrip(".") or f"{len(text.splitlines())} lines"
    made_up = f"{name.partition('.')[0]}_helpers.{name.rpartition('.')[2] if '.' in name else 'py'}"
    head = f"{said}. The file {pen.choose('file', pen.path, made_up)} is a part of the whole."
    items = list(_python(pen, tree.body)) if tree is not None else list(_others(pen, text))
    body = "\n".join(items[:_MOST_ITEMS])
    pen.wrong = [one for one in pen.wrong if f"`{one.text}`" in head or f"`{one.text}`" in body]
    return f"{head}\n\n{body}" if body else head


def _python(pen: _Pen, body: Sequence[ast.stmt]) -> Iterator[str]:
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield _function(pen, node, "")
        elif isinstance(node, ast.ClassDef):
            yield _class(pen, node)
            for inner in node.body:
                if isinstance(inner, ast.FunctionDef) and not inner.name.startswith("_"):
                    yield _function(pen, inner, f"{node.name}.")
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            value = ast.unparse(node.value)
            if len(value) <= 40 and value.isascii() and "`" not in value:
                target = node.targets[0].id
                right = f"{target} = {value}"
                yield f"- {pen.choose('value', right, _other_value(target, node.value))} is a setting."


def _class(pen: _Pen, node: ast.ClassDef) -> str:
    members = [n.name for n in node.body if isinstance(n, ast.FunctionDef) and not n.name.startswith("_")]
    line = f"- {pen.choose('class', node.name, _made_up(node.name))} {pen.verb().lower()} what its name says."
    if members:
        right = f"{node.name}.{members[0]}"
        line += f" Call {pen.choose('member', right, f'{node.name}.{_made_up(members[0])}')} first."
    return line


def _function(pen: _Pen, node: ast.FunctionDef | ast.AsyncFunctionDef, owner: str) -> str:
    given = copy.deepcopy(node.args)
    if owner and not any(isinstance(d, ast.Name) and d.id == "staticmethod" for d in node.decorator_list):
        del (given.posonlyargs or given.args)[:1]
    arguments = ast.unparse(given)
    returns = f" -> {ast.unparse(node.returns)}" if node.returns is not None else ""
    right = f"{owner}{node.name}({arguments}){returns}".replace("\n", " ")
    if "`" in right or len(right) > 300:
        return f"- `{owner}{node.name}` {pen.verb().lower()} what its name says."
    wrong = _wrong_signature(pen.random, node, owner, arguments, returns)
    line = f"- {pen.choose(wrong[0], right, wrong[1])} {pen.verb().lower()} what its name says."
    stated = bool(pen.wrong) and pen.wrong[-1].text == wrong[1]
    defaults = _defaults(node)
    if defaults and not stated:
        name, default = defaults[0]
        plain = ast.unparse(default)
        if "`" not in plain and "\n" not in plain:
            value = pen.choose("default", plain, _other_value("", default).partition(" = ")[2])
            line += f" `{name}` defaults to {value}."
    return line


def _wrong_signature(
    random: Random, node: ast.FunctionDef | ast.AsyncFunctionDef, owner: str, arguments: str, returns: str
) -> tuple[Kind, str]:
    """One way to be wrong about a function: its name, a parameter, one too many, one too few, its result."""
    inner = [one for one in (*node.args.args, *node.args.kwonlyargs) if one.arg not in ("self", "cls")]
    ways: list[tuple[Kind, str]] = [
        ("symbol", f"{owner}{_made_up(node.name)}({arguments}){returns}"),
        (
            "extra parameter",
            f"{owner}{node.name}({arguments + ', ' if arguments else ''}verbose_mode=False){returns}",
        ),
    ]
    if returns:
        other = " -> bytes" if returns != " -> bytes" else " -> int"
        ways.append(("result", f"{owner}{node.name}({arguments}){other}"))
    if inner:
        one = random.choice(inner)
        renamed = re.sub(rf"\b{one.arg}\b(?=\s*[:=,)]|$)", f"{one.arg}_spec", arguments, count=1)
        ways.append(("parameter", f"{owner}{node.name}({renamed}){returns}"))
        if one.annotation is not None:
            kind = ast.unparse(one.annotation)
            typed = arguments.replace(
                f"{one.arg}: {kind}", f"{one.arg}: {'bytes' if kind != 'bytes' else 'int'}", 1
            )
            ways.append(("type", f"{owner}{node.name}({typed}){returns}"))
    kind, text = random.choice(ways)
    return kind, text.replace("\n", " ")


def _defaults(node: ast.FunctionDef | ast.AsyncFunctionDef) -> list[tuple[str, ast.expr]]:
    arguments = node.args
    plain = [*arguments.posonlyargs, *arguments.args]
    found = list(
        zip([a.arg for a in plain[len(plain) - len(arguments.defaults) :]], arguments.defaults, strict=True)
    )
    return found + [
        (one.arg, default)
        for one, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
        if default is not None
    ]


def _other_value(name: str, value: ast.expr) -> str:
    """`name = value` with another value of the same kind."""
    other = "'other'"
    if isinstance(value, ast.Constant):
        if isinstance(value.value, bool):
            other = str(not value.value)
        elif isinstance(value.value, int | float):
            other = str(value.value * 2 + 7)
        elif value.value is None:
            other = "'none'"
        elif isinstance(value.value, str):
            other = repr(f"{value.value}_2".replace("`", ""))
    return f"{name} = {other}".replace("\n", " ")


def _made_up(name: str) -> str:
    """A name much like it that no code has."""
    return f"{name}Registry" if name[:1].isupper() else f"{name}_and_refresh"


def _others(pen: _Pen, text: str) -> Iterator[str]:
    for name, arguments in _FUNCTION.findall(text):
        right = f"{name}({arguments})"
        wrong = f"{_made_up(name)}({arguments})"
        yield f"- {pen.choose('symbol', right, wrong)} {pen.verb().lower()} what its name says."
    for name, value in _CONSTANT.findall(text):
        other = f"{int(value) + 7}" if value.isdigit() else '"other"'
        yield f"- {pen.choose('value', f'{name} = {value}', f'{name} = {other}')} is a setting."
