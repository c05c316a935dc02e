"""Project files: what is written comes back, what a person wrote is understood, what is wrong has a place."""

import tomllib
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from project_strategies import HARD, TEXTS, projects

from copilot.projects import project_file, project_manager, toml_text
from copilot.projects.home import Home
from copilot.projects.project_file import ProjectFile
from copilot.projects.tables import LIMITS_RULES
from copilot.vocabulary.errors import ProjectError, StorageError
from copilot.vocabulary.messages import (
    Branch,
    Discussion,
    FileRefresh,
    Message,
    Text,
    Thinking,
    ToolCall,
    ToolResult,
)
from copilot.vocabulary.values import FileChoice, Limits, Project

DEMO = Project(
    name="demo",
    base_dir="/home/me/code",
    files=(FileChoice(pattern="src/**/*.py"), FileChoice(pattern="README.md", view="summary")),
    system_prompt="Be brief.\nAnd kind.",
    limits=Limits(script_seconds=60.0),
    discussion=Discussion(
        active="main",
        branches=(Branch(name="main", tip="m4"), Branch(name="other")),
        messages=(
            Message(id="m1", parent=None, role="user", at=1763703761.25, parts=(Text(text='Fix "it"'),)),
            Message(
                id="m2",
                parent="m1",
                role="assistant",
                at=1763703762.5,
                provider="anthropic",
                model="claude",
                parts=(
                    Thinking(text="", provider_data={"signature": "abc", "n": None}),
                    Text(text="I run:\n"),
                    ToolCall(
                        call_id="c1", name="run_shell", arguments={"script": "echo '\"hi\"'\ncat \\x\n"}
                    ),
                    ToolCall(call_id="c2", name="read_file", arguments={"path": "a", "offset": None}),
                    ToolCall(call_id="c3", name="read_file", arguments={}, raw="{oops"),
                ),
            ),
            Message(
                id="m3",
                parent="m2",
                role="tool",
                at=1763703763.0,
                parts=(
                    ToolResult(call_id="c1", name="run_shell", output="hi\r\n"),
                    ToolResult(call_id="c2", name="read_file", output="no", status="error"),
                    FileRefresh(text="# a.py\n"),
                ),
            ),
            Message(
                id="m4",
                parent="m3",
                role="assistant",
                at=1763703764.0,
                parts=(Text(text="Do"),),
                partial=True,
            ),
        ),
    ),
)

DEMO_TEXT = r"""schema_version = 1

[files]
base_dir = "/home/me/code"
paths = [
    "src/**/*.py",
    { path = "README.md", view = "summary" },
]

[prompts]
system = '''
Be brief.
And kind.'''

[limits]
script_seconds = 60.0

[discussion]
active = "main"
branches = [
    { name = "main", tip = "m4" },
    { name = "other" },
]

[[discussion.messages]]
id = "m1"
role = "user"
at = 1763703761.25
parts = [
    { type = "text", text = "Fix \"it\"" },
]

[[discussion.messages]]
id = "m2"
parent = "m1"
role = "assistant"
at = 1763703762.5
provider = "anthropic"
model = "claude"

[[discussion.messages.parts]]
type = "thinking"
text = ""
provider_data = "{\"signature\": \"abc\", \"n\": null}"

[[discussion.messages.parts]]
type = "text"
text = '''
I run:
'''

[[discussion.messages.parts]]
type = "tool_call"
call_id = "c1"
name = "run_shell"

[discussion.messages.parts.arguments]
script = '''
echo '"hi"'
cat \x
'''

[[discussion.messages.parts]]
type = "tool_call"
call_id = "c2"
name = "read_file"
arguments_json = "{\"path\": \"a\", \"offset\": null}"

[[discussion.messages.parts]]
type = "tool_call"
call_id = "c3"
name = "read_file"
raw = "{oops"

[[discussion.messages]]
id = "m3"
parent = "m2"
role = "tool"
at = 1763703763.0

[[discussion.messages.parts]]
type = "tool_result"
call_id = "c1"
name = "run_shell"
status = "ok"
output = \"""
hi\r
\"""

[[discussion.messages.parts]]
type = "tool_result"
call_id = "c2"
name = "read_file"
status = "error"
output = "no"

[[discussion.messages.parts]]
type = "file_refresh"
text = '''
# a.py
'''

[[discussion.messages]]
id = "m4"
parent = "m3"
role = "assistant"
at = 1763703764.0
partial = true
parts = [
    { type = "text", text = "Do" },
]
""".replace('\\"""', '"""')


def read(text: str, name: str = "demo") -> ProjectFile:
    return project_file.read(text.encode(), name)


def test_a_project_file_is_pleasant_to_read() -> None:
    assert project_manager.dump(DEMO) == DEMO_TEXT
    assert read(DEMO_TEXT) == ProjectFile(project=DEMO)


@settings(max_examples=150, deadline=None)
@given(project=projects())
def test_what_is_written_comes_back(project: Project) -> None:
    assert read(project_manager.dump(project)).project == project


@given(project=projects(), limits=st.builds(Limits, max_tool_rounds=st.integers(1, 99)))
@settings(max_examples=30, deadline=None)
def test_limits_of_the_settings_stand_for_what_the_project_does_not_set(
    project: Project, limits: Limits
) -> None:
    text = project_manager.dump(project, limits=limits)
    assert project_file.read(text.encode(), "demo", limits=limits).project == project


@given(text=TEXTS)
@example(text="\n" + "'")
def test_a_text_block_comes_back(text: str) -> None:
    assert tomllib.loads(f"x = {toml_text.block(text)}") == {"x": text}


@given(texts=st.lists(st.sampled_from(HARD), max_size=8))
def test_hard_texts_beside_each_other_come_back(texts: list[str]) -> None:
    named = {f"key {number}": text for number, text in enumerate(texts)}
    table = {"a": texts, "b": [{"c": text} for text in texts], "d": named}
    assert tomllib.loads(toml_text.dumps(table)) == table


def test_a_text_that_looks_like_a_stand_in_stays_as_it_is() -> None:
    table = {"a": "0" * 32 + "0", "b": "two\nlines", "c": "f" * 32 + "7---"}
    assert tomllib.loads(toml_text.dumps(table)) == table


@given(project=projects())
@settings(max_examples=30, deadline=None)
def test_windows_editors_change_nothing(project: Project) -> None:
    """A byte order mark and CRLF line ends, as such editors save them."""
    saved = b"\xef\xbb\xbf" + project_manager.dump(project).replace("\n", "\r\n").encode()
    assert project_file.read(saved, "demo").project == project


def test_the_limits_of_the_file_are_those_of_the_program() -> None:
    assert set(LIMITS_RULES) == set(Limits.__dataclass_fields__)


MINIMAL = """schema_version = 1
[files]
base_dir = "/code"
"""


def test_a_person_may_write_little() -> None:
    assert read(MINIMAL).project == Project(name="demo", base_dir="/code")


def test_a_relative_base_directory_starts_at_the_files_folder(tmp_path: Path) -> None:
    path = tmp_path / "demo.toml"
    path.write_text(MINIMAL.replace("/code", "code/here"))
    assert project_manager.load(path).base_dir == str(tmp_path / "code" / "here")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("schema_version = 1\n[files\n", "line 2, column 7: Expected ']' at the end of a table declaration"),
        ("schema_version = 1\nx = ", "line 2, column 5: Invalid value"),
        ('x = "abc', "line 1, column 9: Unterminated string"),
        ("a = 1\na = 2\n", "line 2, column 6: Cannot overwrite a value"),
        ("x = " + "[" * 5000, "it is nested too deep"),
        ("x = 1" + "0" * 5000, "Exceeds the limit"),
        ("[files]\nbase_dir = 'x'\n", "schema_version: it is missing"),
        ("schema_version = 1\n", "files: it is missing"),
    ],
)
def test_what_is_no_project_is_told_with_its_place(text: str, said: str) -> None:
    assert broken(text).startswith(f"demo.toml cannot be used: {said}")


def broken(text: str) -> str:
    with pytest.raises(ProjectError) as caught:
        read(text)
    assert "set aside" in caught.value.hint
    return str(caught.value)


@pytest.mark.parametrize(
    ("good", "bad", "said"),
    [
        ("schema_version = 1", 'schema_version = "1"', "schema_version: '1' is not one of 1, 2"),
        ('base_dir = "/home/me/code"', "base_dir = 7", "files.base_dir: 7: input should be a valid string"),
        ("60.0", "0", "limits.script_seconds: 0: input should be greater than 0"),
        (
            'role = "tool"',
            'role = "tol"',
            "discussion.messages[3].role: 'tol' is not one of user, assistant, tool (did you mean tool?)",
        ),
        (
            'status = "error"',
            "status = 5",
            "discussion.messages[3].parts[2].status: 5 is not one of ok, error, rejected, cancelled, dry_run",
        ),
        (
            r'provider_data = "{\"signature\": \"abc\", \"n\": null}"',
            'provider_data = "[1]"',
            "discussion.messages[2].parts[1].provider_data: it is not a JSON object written as text",
        ),
        ('id = "m3"', 'id = "m1"', "discussion.messages[3].id: the id 'm1' is there twice"),
        (
            'parent = "m3"',
            'parent = "m9"',
            "discussion.messages[4].parent: no message before this one has the id 'm9'",
        ),
        ('active = "main"', 'active = "mian"', "discussion.active: there is no branch named 'mian'"),
    ],
)
def test_a_wrong_value_is_told_with_its_place(good: str, bad: str, said: str) -> None:
    assert DEMO_TEXT.count(f"\n{good}\n") == 1 or DEMO_TEXT.count(good) == 1
    text = DEMO_TEXT.replace(good, bad)
    pairs = zip(DEMO_TEXT.split("\n"), text.split("\n"), strict=True)
    line = next(number for number, (one, other) in enumerate(pairs, start=1) if one != other)
    assert broken(text) == f"demo.toml cannot be used: line {line}, column 1: {said}"


def test_a_wrong_value_inside_a_list_is_told_at_the_list() -> None:
    view = MINIMAL + 'paths = ["a", { path = "b", view = "sumary" }]\n'
    assert broken(view) == (
        "demo.toml cannot be used: line 4, column 1: files.paths[2].view:"
        " 'sumary' is not one of full, summary, names, off (did you mean summary?)"
    )
    tip = DEMO_TEXT.replace('tip = "m4"', 'tip = "m9"')
    assert broken(tip).endswith("discussion.branches[1].tip: there is no message with the id 'm9'")
    twice = DEMO_TEXT.replace('name = "other"', 'name = "main"')
    assert broken(twice).endswith("discussion.branches[2].name: the branch 'main' is there twice")


def test_several_faults_are_told_together() -> None:
    text = "schema_version = 1\n[files]\nbase_dir = 1\n[prompts]\nsystem = 2\n"
    assert broken(text) == (
        "demo.toml cannot be used: line 3, column 1: files.base_dir: 1: input should be a valid string;"
        " line 5, column 1: prompts.system: 2: input should be a valid string"
    )


def test_bytes_that_are_no_text_have_a_place_too() -> None:
    with pytest.raises(ProjectError, match="line 2, column 6: it is not UTF-8 text"):
        project_file.read(b"a = 1\nb = '\xff'\n", "demo")


def test_a_newer_file_is_not_guessed_at() -> None:
    with pytest.raises(ProjectError, match="written by a newer version"):
        read(MINIMAL.replace("1", "3", 1))


def test_headers_inside_text_do_not_confuse_the_places() -> None:
    trap = Message(
        id="m0", parent=None, role="user", at=0.0,
        parts=(Text(text="[[discussion.messages]]\nrole = 1\n'''\n[[discussion.messages]]\n\"\"\"\nx"),),
    )  # fmt: skip
    text = project_manager.dump(
        Project(name="demo", base_dir="/", discussion=Discussion(messages=(trap, *DEMO.discussion.messages)))
    )
    broken = text.replace('role = "tool"', 'role = "tol"')
    line = broken.split("\n").index('role = "tol"') + 1
    with pytest.raises(ProjectError, match=rf"line {line}, column 1: discussion.messages\[4\].role"):
        read(broken)


def test_what_a_project_cannot_set_is_named_and_ignored_and_kept() -> None:
    text = MINIMAL + (
        'bse_dir = "/x"\n'
        '[keys]\nanthropic = "sk-ant-very-secret"\n'
        '[prompts]\nsystem = "hi"\nnote = """\ntwo\nlines"""\n'
        '[[mcp_servers]]\ncommand = "evil"\n'
    )
    file = read(text)
    assert file.project == Project(name="demo", base_dir="/code", system_prompt="hi")
    assert set(file.notices) == {
        "demo.toml, line 4, column 1: files.bse_dir: unknown key (did you mean base_dir?); it is ignored",
        "demo.toml, line 9, column 1: prompts.note: unknown key; it is ignored",
        "demo.toml, line 5, column 1: keys: unknown key; it is ignored:"
        " a project file cannot set keys, addresses, servers or policies",
        "demo.toml, line 12, column 1: mcp_servers: unknown key; it is ignored:"
        " a project file cannot set keys, addresses, servers or policies",
    }
    assert all("very-secret" not in notice and "evil" not in notice for notice in file.notices)
    assert tomllib.loads(project_file.write(file)) == tomllib.loads(text) | {
        "files": {"base_dir": "/code", "paths": [], "bse_dir": "/x"},
        "discussion": {"active": "main", "branches": [{"name": "main"}], "messages": []},
    }


@pytest.mark.parametrize(
    "name",
    [
        "", " ", "a/b", "a\\b", "..", ".hidden", "a.", "a ", "-x", "con", "NUL.x", "COM1", "a:b", "a*", "a?",
        'a"', "a\nb", "a\u202eb", "a\ud800", "\u3164", "ä" * 41,
    ],
)  # fmt: skip
def test_names_that_cannot_be_files_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ProjectError, match="cannot be a project's name"):
        project_manager.path_of(Home(root=tmp_path), name)


@pytest.mark.parametrize("name", ["demo", "Mein Projekt", "a.b", "プロジェクト", "console", "ä" * 40])
def test_names_that_can_be_files_are_taken(tmp_path: Path, name: str) -> None:
    assert project_manager.path_of(Home(root=tmp_path), name).name == f"{name}.toml"


def test_listing_and_making(tmp_path: Path) -> None:
    home = Home(root=tmp_path / "home")
    assert project_manager.list_projects(home) == ()
    made = project_manager.new(home, "beta", tmp_path)
    project_manager.new(home, "Alpha", tmp_path)
    (home.projects / "beta.toml.broken-1").write_text("x")
    (home.projects / "..odd.toml").write_text("x")
    assert project_manager.list_projects(home) == ("Alpha", "beta")
    assert made == Project(name="beta", base_dir=str(tmp_path.resolve()))
    assert project_manager.load(home.projects / "beta.toml") == made
    with pytest.raises(ProjectError, match="there is a project named beta already"):
        project_manager.new(home, "beta", tmp_path)
    with pytest.raises(StorageError, match="reading"):
        project_manager.load(home.projects / "gamma.toml")
