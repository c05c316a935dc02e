"""A branch or a session as one HTML file: no script, nothing loaded from elsewhere, dark or light as wanted.

Every text goes through `escape`; Markdown is read without its HTML, and its links and pictures become words.
A policy in the file's head forbids what escaping might have missed.
"""

import base64
from collections.abc import Iterable, Iterator, Sequence
from html import escape as escaped
from typing import TYPE_CHECKING, assert_never

from copilot.record.export_markdown import (
    COST_HEADS,
    arguments_of,
    change_words,
    cost_cells,
    outcome,
    readable,
    runs_of,
    when,
)
from copilot.record.export_style import STYLE
from copilot.record.exported import CallFacts, Cost, Exported
from copilot.vocabulary.messages import (
    Attachment,
    FileRefresh,
    Message,
    Opaque,
    Part,
    Summary,
    Text,
    Thinking,
    ToolCall,
    ToolResult,
)
from copilot.vocabulary.money import money

if TYPE_CHECKING:
    from markdown_it.token import Token

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
_OPEN_LINES = 24
"""Lines up to which what a tool got or gave is shown unfolded."""

_TAGS = {
    "paragraph": "p",
    "heading": "h4",
    "bullet_list": "ul",
    "ordered_list": "ol",
    "list_item": "li",
    "blockquote": "blockquote",
    "strong": "strong",
    "em": "em",
    "s": "s",
    "table": "table",
    "thead": "thead",
    "tbody": "tbody",
    "tr": "tr",
    "th": "th",
    "td": "td",
}


def html(one: Exported) -> str:
    """The whole document."""
    title = escape(one.title)
    parts = [
        "<!DOCTYPE html>",
        '<html lang="en">',
        "<head>",
        '<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="referrer" content="no-referrer">',
        f"<title>{title}</title>",
        f"<style>{STYLE}</style>",
        "</head>",
        "<body>",
        f"<header><h1>{title}</h1><p>{escape(_summary(one))}</p></header>",
        "<main>",
    ]
    if one.system_prompt.strip():
        parts.append(_folded("System prompt", _pre(one.system_prompt), opened=False))
    for branch, messages in runs_of(one.discussion):
        if one.scope == "session":
            parts.append(f"<h2>{escape(branch)}</h2>")
        parts += [_message(message, one) for message in messages]
    parts += [*_costs(one.costs), "</main>", "</body>", "</html>", ""]
    return "\n".join(parts)


def escape(text: str) -> str:
    """Text for any place between tags or in quotes; what does not show is written as an escape."""
    return escaped(readable(text), quote=True)


def _summary(one: Exported) -> str:
    messages = one.discussion.messages
    times = [when(message.at) for message in messages if message.at]
    said = [f"{len(messages):,} message{'' if len(messages) == 1 else 's'}"]
    said += [f"from {times[0]} to {times[-1]}"] if times and all(times) else []
    return " · ".join(said)


def _message(message: Message, one: Exported) -> str:
    note = ' <span class="note">not finished</span>' if message.partial else ""
    head = f"<h3>{escape(message.speaker)}{note}<time>{escape(when(message.at))}</time></h3>"
    body = "\n".join(filter(None, (_part(part, one) for part in message.parts)))
    return f'<article class="{message.role}">\n{head}\n{body}\n</article>'


def _part(part: Part, one: Exported) -> str:
    match part:
        case Text(text=text):
            return f'<div class="said">{_marked(text)}</div>'
        case Thinking(text=text):
            return _folded("Thinking", _pre(text), opened=False) if text else ""
        case Summary(text=text):
            return f'<div class="said"><p class="note">Summary of earlier messages</p>{_marked(text)}</div>'
        case ToolCall():
            return _call(part, one.calls.get(part.call_id, CallFacts()))
        case ToolResult():
            said = outcome(part, one.calls.get(part.call_id, CallFacts()))
            title = f"Result of <code>{escape(part.name)}</code> <em>{escape(said)}</em>"
            return _folded_raw(title, _pre(part.output), opened=_is_short(part.output))
        case FileRefresh(text=text):
            return _folded("Files that had changed", _pre(text), opened=False)
        case Attachment():
            return _attachment(part, one)
        case Opaque(kind=kind):
            return f'<p class="note">A piece of the answer that is not shown: <code>{escape(kind)}</code></p>'
        case _:
            assert_never(part)


def _call(call: ToolCall, facts: CallFacts) -> str:
    body = [f'<p class="name">{escape(name)}</p>{_pre(value)}' for name, value in arguments_of(call)]
    if facts.approval:
        body.append(f'<p class="note">{escape(facts.approval)}</p>')
    if facts.edit:
        body.append(f'<p class="name">The person\u2019s edit</p>{_diff(facts.edit)}')
    for change in facts.changes:
        body.append(
            f'<p class="name">{escape(change_words(change))}</p>{_diff(change.diff) if change.diff else ""}'
        )
    if facts.more:
        body.append(f'<p class="note">and {facts.more:,} more</p>')
    lines = sum(value.count("\n") + 1 for _, value in arguments_of(call))
    title = f"Call of <code>{escape(call.name)}</code>"
    return _folded_raw(title, "\n".join(body), opened=lines <= _OPEN_LINES or bool(facts.changes))


def _attachment(part: Attachment, one: Exported) -> str:
    words = f'<p class="note">Attached: {escape(part.told)}, SHA-256 <code>{escape(part.sha256)}</code></p>'
    data = one.attachments.get(part.sha256)
    if data is None or not part.media_type.startswith("image/"):
        return words
    source = f"data:{part.media_type};base64,{base64.b64encode(data).decode()}"
    return f'{words}<img alt="{escape(part.name)}" src="{source}">'


def _costs(costs: Sequence[Cost]) -> Iterator[str]:
    if not costs:
        return
    total = sum(cost.usd for cost in costs)
    yield f'<section class="costs"><h2>Costs <em>{escape(money(total))}</em></h2>'
    yield _table([COST_HEADS, *map(cost_cells, costs)])
    unpriced = sum(cost.unpriced for cost in costs)
    if unpriced:
        yield f'<p class="note">Requests without a known price, not in the cost: {unpriced:,}</p>'
    yield "</section>"


def _table(rows: Sequence[Sequence[str]]) -> str:
    head, *rest = rows
    cells = "".join(f"<th>{escape(cell)}</th>" for cell in head)
    lines = ("".join(f"<td>{escape(cell)}</td>" for cell in row) for row in rest)
    body = "\n".join(f"<tr>{line}</tr>" for line in lines)
    return f"<table><thead><tr>{cells}</tr></thead><tbody>{body}</tbody></table>"


def _folded(title: str, body: str, *, opened: bool) -> str:
    return _folded_raw(escape(title), body, opened=opened)


def _folded_raw(title: str, body: str, *, opened: bool) -> str:
    """`title` and `body` are HTML of ours."""
    return f"<details{' open' if opened else ''}><summary>{title}</summary>\n{body}\n</details>"


def _pre(text: str) -> str:
    return f"<pre>{escape(text)}</pre>" if text else '<p class="note">empty</p>'


def _diff(diff: str) -> str:
    """A unified diff, each line in the colour of its first character; the names of the files have none."""
    kinds = {"+": "added", "-": "removed", "@": "hunk"}
    lines: list[str] = []
    begun = "\n@@" not in diff
    for line in diff.rstrip("\n").split("\n"):
        begun |= line.startswith("@@")
        kind = kinds.get(line[:1], "same") if begun else "same"
        lines.append(f'<span class="{kind}">{escape(line) or " "}</span>')
    return f'<pre class="diff">{chr(10).join(lines)}</pre>'


def _is_short(text: str) -> bool:
    return text.count("\n") < _OPEN_LINES


def _marked(text: str) -> str:
    """Markdown as HTML that holds nothing but words, lists, tables and code."""
    from markdown_it import MarkdownIt

    reader = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    return "".join(_blocks(reader.parse(readable(text))))


def _blocks(tokens: Iterable["Token"]) -> Iterator[str]:
    addresses: list[str] = []
    for token in tokens:
        if token.type == "inline":
            yield from _blocks(token.children or ())
        elif token.type == "link_open":
            is_told = token.info == "auto"  # the link's words are its address
            addresses.append("" if is_told else str(token.attrs.get("href", "")))
        elif token.type == "link_close":
            if address := addresses.pop():
                yield f' <span class="note">({escaped(address)})</span>'
        else:
            yield _token(token)


def _token(token: "Token") -> str:
    name, _, end = token.type.rpartition("_")
    match token.type:
        case "fence" | "code_block":
            return f"<pre>{escaped(token.content)}</pre>"
        case "code_inline":
            return f"<code>{escaped(token.content)}</code>"
        case "hr" | "hardbreak":
            return "<hr>" if token.type == "hr" else "<br>"
        case "softbreak":
            return "\n"
        case "image":
            return f'<span class="note">[picture: {escaped(token.content)}]</span>'
        case _:
            pass
    if token.hidden and name == "paragraph":  # of a tight list
        return ""
    if name in _TAGS:
        return f"<{'/' if end == 'close' else ''}{_TAGS[name]}>"
    return escaped(token.content)
