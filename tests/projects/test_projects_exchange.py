"""Exports: what comes back is what was there, byte for byte; and no text in a page is anything but text."""

import json
from collections.abc import Iterator
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from project_strategies import TEXTS, discussions

from copilot.assembly.exporting import branch_export, written
from copilot.assembly.importing import import_branches, import_project, read_export
from copilot.projects.attachments import AttachmentFolder
from copilot.projects.exchange import Exchanged, from_json_bytes, to_json_bytes
from copilot.projects.home import Home
from copilot.projects.project_manager import dump, list_projects, load, new, path_of
from copilot.record.export_html import html
from copilot.record.export_markdown import markdown
from copilot.record.exported import CallFacts, Cost, Exported
from copilot.vocabulary.errors import ProjectError
from copilot.vocabulary.frozen import replace
from copilot.vocabulary.messages import (
    Attachment,
    Branch,
    Discussion,
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
from copilot.vocabulary.run_events import RunChange
from copilot.vocabulary.values import Usage

PICTURE = b"\x89PNG\r\n\x1a\n not to be looked at"
PART = Attachment(name="a.png", media_type="image/png", size=len(PICTURE), sha256=sha256(PICTURE).hexdigest())
HEAD = b'{"format": "copilot-export", "version": 1, "scope": "branch", "project": "x", "name": "y", '
HOSTILE = (
    "<script>alert(1)</script>",
    "</title></style></pre><img src=x onerror=alert(1)>",
    "\"><svg onload=alert(1)>' onmouseover='alert(1)",
    "[x](javascript:alert(1)) ![y](http://example.invalid/z.png) <http://example.invalid>",
    "```\n</code></pre><script src=//example.invalid></script>\n```",
    "&lt;script&gt; &#60;b&#62; <!-- --> <![CDATA[ ]]> {{7*7}}",
    "\u202e\u2066\x00\x1b[2J\ud800 | a | b |\n| --- | --- |\n| <i>c</i> | d |",
    "# h\n\n[r]: javascript:alert(1)\n[r]\n\n<iframe src='//example.invalid'>\n\n<a href=http://example.invalid>z</a>",
)
TAGS = {
    *(
        "html",
        "head",
        "meta",
        "title",
        "style",
        "body",
        "header",
        "h1",
        "h2",
        "h3",
        "h4",
        "p",
        "main",
        "article",
    ),
    *("time", "div", "details", "summary", "code", "em", "pre", "span", "section", "table", "thead", "tbody"),
    *("tr", "th", "td", "strong", "ul", "ol", "li", "blockquote", "s", "br", "hr", "img"),
}


@given(discussions(), TEXTS, TEXTS, st.booleans())
@settings(max_examples=40, deadline=None)
def test_a_file_says_the_discussion_again_to_the_byte(
    discussion: Discussion, name: str, prompt: str, with_picture: bool
) -> None:
    attachments = {PART.sha256: PICTURE} if with_picture else {}
    one = Exchanged(
        scope="branch",
        project=name,
        name=name,
        discussion=discussion,
        system_prompt=prompt,
        attachments=attachments,
    )
    data = to_json_bytes(one)
    read = from_json_bytes(data)
    assert read == one
    assert to_json_bytes(read) == data
    json.loads(data, parse_constant=lambda word: pytest.fail(f"{word} is no JSON"))


@given(discussions(), TEXTS)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_was_exported_imported_and_exported_again_is_the_same_file(
    tmp_path_factory: pytest.TempPathFactory, discussion: Discussion, prompt: str
) -> None:
    root = tmp_path_factory.mktemp("homes")
    first, second = (Home(root=root / name).make() for name in ("one", "two"))
    project = replace(new(first, "shop", root), discussion=discussion, system_prompt=prompt)
    path_of(first, "shop").write_bytes(dump(project).encode())
    for branch in discussion.branches:
        file = root / "shop.json"
        file.write_bytes(written(branch_export(first, "shop", branch.name, ()), "json"))
        name = import_project(second, read_export(file), root)
        again = written(branch_export(second, name, branch.name, ()), "json")
        same = replace(from_json_bytes(again), project="shop")
        assert to_json_bytes(same) == file.read_bytes()
    assert list_projects(second)[0] == "shop"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A project whose branch `idea` leaves `main` after its first message, which has a picture."""
    home = Home(root=tmp_path / "home").make()
    discussion = Discussion(
        messages=(
            Message(id="m1", parent=None, role="user", parts=(Text(text="Look."), PART), at=1.0),
            Message(id="m2", parent="m1", role="assistant", parts=(Text(text="A wall."),), at=2.0, model="m"),
            Message(id="m3", parent="m1", role="assistant", parts=(Text(text="A door."),), at=3.0, model="m"),
        ),
        branches=(Branch(name="main", tip="m2"), Branch(name="idea", tip="m3")),
        held=("m1",),
    )
    project = replace(new(home, "shop", tmp_path), discussion=discussion)
    path_of(home, "shop").write_text(dump(project))
    AttachmentFolder(home.projects / "shop_attachments").keep(PART, PICTURE)
    return home


def exchanged(home: Home, branch: str) -> Exchanged:
    return from_json_bytes(written(branch_export(home, "shop", branch, ()), "json"))


def test_attachments_travel_and_a_taken_name_gets_a_number(home: Home, tmp_path: Path) -> None:
    assert import_project(home, exchanged(home, "idea"), tmp_path) == "shop 2"
    assert import_project(home, exchanged(home, "idea"), tmp_path) == "shop 3"
    made = load(path_of(home, "shop 2"))
    assert [one.name for one in made.discussion.branches] == ["idea"]
    assert (made.base_dir, made.discussion.held) == (str(tmp_path), ("m1",))
    assert AttachmentFolder(home.projects / "shop 2_attachments").read(PART) == PICTURE


def test_branches_of_a_project_share_the_messages_that_are_there(home: Home) -> None:
    ids = iter(("n1", "n2", "n3"))
    before = load(path_of(home, "shop")).discussion
    assert import_branches(home, exchanged(home, "idea"), "shop", lambda: 9.0, lambda: next(ids)) == (
        "idea 2",
    )
    after = load(path_of(home, "shop")).discussion
    assert after.messages == before.messages
    assert after.branches == (*before.branches, Branch(name="idea 2", tip="m3"))

    other = exchanged(home, "idea")
    changed = tuple(
        replace(one, parts=(Text(text="Another."), Summary(text="s", covers=("m1",))))
        if one.id == "m3"
        else one
        for one in other.discussion.messages
    )
    said = replace(other, discussion=replace(other.discussion, messages=changed))
    assert import_branches(home, said, "shop", lambda: 9.0, lambda: next(ids)) == ("idea 3",)
    grown = load(path_of(home, "shop")).discussion
    assert grown.messages[:3] == before.messages
    assert (grown.messages[3].id, grown.messages[3].parent, grown.messages[3].text) == (
        "n1",
        "m1",
        "Another.",
    )


def test_a_key_leaves_with_no_export(home: Home) -> None:
    key = "correct-horse-battery-staple"
    path = path_of(home, "shop")
    said = path.read_text().replace("A wall.", f"A wall of {key}. And sk-ant-api03-0123456789abcdefghij.")
    path.write_text(said)
    for form in ("markdown", "html", "json"):
        data = written(branch_export(home, "shop", "main", (key,)), form)
        assert key.encode() not in data
        assert b"0123456789abcdefghij" not in data
        assert b"[redacted]" in data or rb"\[redacted\]" in data


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "no JSON"),
        (b"\xff\xfe", "no JSON"),
        (b"[" * 100_000, "nested too deep"),
        (b"[]", "not written by an export"),
        (b'{"format": "copilot-export", "version": 2}', "newer version"),
        (b'{"format": "copilot-export", "version": 1}', "it is missing"),
        (
            HEAD + b'"discussion": {"messages": [{"id": "a", "role": "user", "parent": "z"}]}}',
            "no message before",
        ),
        (HEAD + b'"discussion": {}, "providers": {}}', "unknown key"),
    ],
)
def test_a_file_that_is_none_is_refused_with_the_reason(data: bytes, why: str) -> None:
    with pytest.raises(ProjectError, match=why):
        from_json_bytes(data)


def test_an_attachment_that_is_not_what_its_name_says_is_left_out() -> None:
    one = Exchanged(
        scope="branch", project="x", name="y", discussion=Discussion(), attachments={"0" * 64: b"x"}
    )
    assert from_json_bytes(to_json_bytes(one)).attachments == {}


def test_a_project_name_that_no_file_can_have_is_not_used(home: Home, tmp_path: Path) -> None:
    for name in ("../../evil", "CON", "", ".hidden", "x" * 300, "a\nb"):
        made = import_project(home, replace(exchanged(home, "main"), project=name), tmp_path)
        assert made.startswith("imported")
    with pytest.raises(ProjectError):
        import_project(home, exchanged(home, "main"), tmp_path, "../up")


class Page(HTMLParser):
    """Everything in a page that is not text must be on our short lists."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in TAGS, tag
        for name, value in attrs:
            assert name in {"class", "lang", "charset", "http-equiv", "content", "name", "alt", "src", "open"}
            if name == "src":
                assert str(value).startswith("data:image/png;base64,")
            if name == "class":
                assert str(value).isalpha()
        if tag not in {"meta", "br", "hr", "img"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)

    def unknown_decl(self, data: str) -> None:
        raise AssertionError(data)

    def handle_pi(self, data: str) -> None:
        raise AssertionError(data)


def whole(page: str) -> Page:
    read = Page()
    read.feed(page)
    read.close()
    assert read.open == []
    page.encode("utf-8")
    return read


def everywhere(text: str) -> Exported:
    """A session with the text in every field that a page shows."""

    def parts() -> Iterator[Part]:
        yield from (Text(text=text), Thinking(text=text), Summary(text=text), FileRefresh(text=text))
        yield ToolCall(call_id="c", name=text, arguments={text: text, "list": [text]})
        yield ToolCall(call_id="d", name="n", arguments={}, raw=text)
        yield ToolResult(call_id="c", name=text, output=text)
        yield replace(PART, name=text)
        yield Opaque(kind=text)

    message = Message(
        id="m", parent=None, role="assistant", parts=tuple(parts()), at=1.0, model=text, partial=True
    )
    change = RunChange(
        path=text, kind="moved", source=text, diff=f"--- {text}\n+++ {text}\n@@ {text}\n+{text}", note=text
    )
    return Exported(
        scope="session",
        project=text,
        name=text,
        discussion=Discussion(messages=(message,), branches=(Branch(name=text, tip="m"),), active=text),
        system_prompt=text,
        attachments={PART.sha256: PICTURE},
        calls={
            "c": CallFacts(
                approval=text, edit=f"+{text}", changes=(change,), more=3, exit_code=1, seconds=1.0
            )
        },
        costs=(Cost(model=text, requests=2, usage=Usage(input_tokens=5), usd=0.1, unpriced=1),),
    )


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_is_anything_but_text_in_a_page(text: str) -> None:
    page = html(everywhere(text))
    read = whole(page)
    assert "alert" not in text or any("alert" in words for words in read.words)
    assert "default-src 'none'" in page
    read_as = MarkdownIt("commonmark", {"html": True}).enable(["table"])
    tokens = read_as.parse(markdown(everywhere(text)))
    kinds = {one.type for token in tokens for one in (token, *(token.children or ()))}
    assert not kinds & {"image", "html_block", "html_inline"}, (
        "a reader of the Markdown would fetch or run it"
    )


@given(
    st.text(alphabet=st.sampled_from(list("<>&\"'`[]()!#*_|-:= \n\\/ascript\x00\u202e\ud800{}")), max_size=60)
)
@settings(max_examples=80, deadline=None)
def test_any_text_is_only_text_in_a_page(text: str) -> None:
    whole(html(everywhere(text)))


def test_a_page_shows_messages_changes_and_costs() -> None:
    one = everywhere("plain")
    words = "".join(whole(html(one)).words)
    for expected in ("plain", "exit code 1", "and 3 more", "Costs", "$0.10", "not finished", "moved"):
        assert expected in words
    read = markdown(one)
    for expected in ("# plain: session plain", "```diff\n--- plain\n+++ plain", "| model |", "and 3 more"):
        assert expected in read
