"""Any project that the vocabulary allows, with the texts that files find hardest."""

from typing import get_args

from hypothesis import strategies as st

from copilot.vocabulary.caps import Caps
from copilot.vocabulary.messages import (
    Attachment,
    Branch,
    Discussion,
    FileRefresh,
    JsonValue,
    MediaType,
    Message,
    Opaque,
    Part,
    Summary,
    Text,
    Thinking,
    ToolCall,
    ToolResult,
)
from copilot.vocabulary.values import FileChoice, Limits, Project, RunTime

HARD = [
    "", "\n", "\r\n", "\r", " trailing \n spaces  \n", "tab\tand\x0bcontrols\x00\x1b[0m\x7f", "\n\nleading",
    "'''", '"""', "''''''", 'ends with "', "ends with '", 'five """""', "'\n", '"\n', "''\n''", 'x\n"""',
    "a\n'''\nb\n\"\"\"\n", "back\\slash\\", "\\\n", "# no comment", "[[discussion.messages]]", "=",
    "a\n[[discussion.messages]]\nid = 'x'\n", "```\nfence\n```", "line\r\nwindows\r\n",
    "\u2028\u2029\x85", "\ufeffmark", "\U0001f600 zwölf", "\ue000",
]  # fmt: skip

WORDS = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=20)
TEXTS = st.one_of(st.sampled_from(HARD), WORDS, st.lists(st.sampled_from(HARD), max_size=4).map("".join))
NAMES = st.text(alphabet=st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)
NUMBERS = st.one_of(st.integers(-(2**80), 2**80), st.floats(allow_nan=False))
TIMES = st.floats(min_value=0, max_value=4e9)


def json_values() -> st.SearchStrategy[JsonValue]:
    plain = st.one_of(st.none(), st.booleans(), NUMBERS, TEXTS)
    return st.recursive(
        plain,
        lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXTS, inner, max_size=3)),
        max_leaves=6,
    )


JSON_OBJECTS = st.dictionaries(TEXTS, json_values(), max_size=3)
OPAQUE = st.one_of(st.none(), JSON_OBJECTS)
PARTS: st.SearchStrategy[Part] = st.one_of(
    st.builds(Text, text=TEXTS, provider_data=OPAQUE),
    st.builds(Thinking, text=TEXTS, provider_data=OPAQUE),
    st.builds(
        ToolCall,
        call_id=TEXTS,
        name=TEXTS,
        arguments=JSON_OBJECTS,
        raw=st.one_of(st.none(), TEXTS),
        provider_data=OPAQUE,
    ),
    st.builds(
        ToolResult,
        call_id=TEXTS,
        name=TEXTS,
        output=TEXTS,
        status=st.sampled_from(["ok", "error", "rejected", "cancelled", "dry_run"]),
    ),
    st.builds(FileRefresh, text=TEXTS),
    st.builds(Summary, text=TEXTS, covers=st.lists(TEXTS, max_size=3).map(tuple)),
    st.builds(Opaque, kind=TEXTS, provider_data=OPAQUE),
    st.builds(
        Attachment,
        name=TEXTS,
        media_type=st.sampled_from(get_args(MediaType)),
        size=st.integers(0, 2**31),
        sha256=st.binary(min_size=32, max_size=32).map(bytes.hex),
        width=st.integers(0, 60_000),
        height=st.integers(0, 60_000),
        pages=st.integers(0, 9_999),
    ),
)


@st.composite
def discussions(draw: st.DrawFn) -> Discussion:
    ids = draw(st.lists(NAMES, unique=True, max_size=5))
    messages: list[Message] = []
    for index, name in enumerate(ids):
        messages.append(
            Message(
                id=name,
                parent=draw(st.sampled_from([None, *ids[:index]])),
                role=draw(st.sampled_from(["user", "assistant", "tool"])),
                parts=tuple(draw(st.lists(PARTS, max_size=3))),
                at=draw(TIMES),
                provider=draw(TEXTS),
                model=draw(TEXTS),
                partial=draw(st.booleans()),
            )
        )
    names = draw(st.lists(NAMES, unique=True, min_size=1, max_size=3))
    branches = tuple(Branch(name=name, tip=draw(st.sampled_from([None, *ids]))) for name in names)
    return Discussion(
        messages=tuple(messages),
        branches=branches,
        active=draw(st.sampled_from(names)),
        held=tuple(draw(st.lists(TEXTS, max_size=2))),
    )


RUN_SECONDS = st.dictionaries(
    st.sampled_from(
        ["run_shell", "run_python_file", ".py", ".ps1", "tests/**", "a b/*.py", "x[.]py", "made.py"]
    ),
    st.floats(min_value=0.1, max_value=1e6),
    max_size=4,
).map(lambda times: tuple(RunTime(kind=kind, seconds=times[kind]) for kind in sorted(times)))
"""Times for kinds of runs, in the order of their names."""
USD = st.none() | st.floats(min_value=0, max_value=1e6)


@st.composite
def projects(draw: st.DrawFn, name: str = "demo") -> Project:
    return Project(
        name=name,
        base_dir=draw(st.sampled_from(["/", "C:\\", "\\\\host\\share\\"])) + draw(TEXTS),
        files=tuple(
            draw(
                st.lists(
                    st.builds(FileChoice, pattern=TEXTS, view=st.sampled_from(["full", "summary", "off"])),
                    max_size=3,
                )
            )
        ),
        system_prompt=draw(TEXTS),
        discussion=draw(discussions()),
        limits=draw(
            st.builds(
                Limits,
                max_tool_rounds=st.integers(1, 99),
                script_seconds=st.floats(min_value=0.1, max_value=1e6),
                python_seconds=st.floats(min_value=0.1, max_value=1e6),
                output_characters=st.integers(100, 10**6),
                read_characters=st.integers(100, 10**6),
                max_prompt_tokens=st.integers(0, 10**7),
                run_seconds=RUN_SECONDS,
            )
        ),
        caps=draw(st.builds(Caps, turn_usd=USD, project_usd=USD, day_usd=USD)),
    )
