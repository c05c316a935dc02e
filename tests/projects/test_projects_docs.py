"""docs/files.md shows files as the program reads them."""

import re
from dataclasses import fields
from pathlib import Path

from copilot.projects import project_file
from copilot.projects.config import Settings, load_settings
from copilot.projects.home import Home
from copilot.tokens.rates import Rates
from copilot.vocabulary.assistants import Assistant
from copilot.vocabulary.caps import Caps
from copilot.vocabulary.mcp import McpServer
from copilot.vocabulary.messages import (
    FileRefresh,
    Message,
    Opaque,
    Summary,
    Text,
    Thinking,
    ToolCall,
    ToolResult,
)
from copilot.vocabulary.policies import PolicyRule
from copilot.vocabulary.values import FileChoice, Limits, Rate, RunTime

PAGE = (Path(__file__).parents[2] / "docs" / "files.md").read_text(encoding="utf-8")
CONFIG, PROJECT, HISTORY = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)


def test_the_settings_shown_are_read_without_a_notice(tmp_path: Path) -> None:
    home = Home(root=tmp_path)
    home.config.write_text(CONFIG, encoding="utf-8")
    assert load_settings(home) == (
        Settings(
            provider="anthropic",
            project="calculator",
            models={"anthropic": "claude-sonnet-5-5"},
            base_urls={"compatible": "http://127.0.0.1:11434/v1"},
            limits=Limits(
                run_seconds=(
                    RunTime(kind=".ps1", seconds=60.0),
                    RunTime(kind="run_shell", seconds=300.0),
                    RunTime(kind="tests/**", seconds=900.0),
                )
            ),
            rules=(
                PolicyRule(
                    name="tests",
                    decision="allow",
                    tools=("run_shell",),
                    commands=("pytest", "git log"),
                    patterns=("pytest tests/*",),
                    paths=("tests/**",),
                    effects=("reads", "writes"),
                    examples=("pytest -q",),
                    counterexamples=("rm -rf tests",),
                ),
            ),
            keys={"Ctrl+Shift+J": "panel.log", "F7": "discussion.put_back"},
            rates={"openai": Rate(requests_per_minute=20, tokens_per_minute=200_000)},
            caps=Caps(turn_usd=0.5, project_usd=20.0, day_usd=5.0),
            prices={
                "anthropic/claude-sonnet-5-5": Rates(input=3.0, output=15.0, cached=0.3, cache_write=3.75)
            },
            servers=(
                McpServer(
                    name="files",
                    command="npx",
                    args=("-y", "@modelcontextprotocol/server-filesystem", "."),
                    env={"TOKEN": "${FILES_TOKEN}"},
                    cwd=".",
                ),
            ),
            assistants=(
                Assistant(
                    name="reviewer",
                    about="Reviews changes",
                    instructions="Look for what breaks. Name file and line.",
                    provider="anthropic",
                    model="claude-opus-5",
                    tools=("read_*", "search_*"),
                    files=(FileChoice(pattern="src/**"), FileChoice(pattern="tests/**", view="summary")),
                    may_ask=("tester",),
                ),
            ),
        ),
        (),
    )


def test_the_project_shown_is_read_without_a_notice() -> None:
    file = project_file.read(PROJECT.encode(), "calculator")
    assert file.notices == ()
    assert file.revision == 42
    assert [choice.view for choice in file.project.files] == ["full", "summary", "off", "full"]
    assert [choice.pinned for choice in file.project.files] == [False, False, False, True]
    tests = RunTime(kind="tests/**", seconds=900.0)
    assert file.project.limits == Limits(script_seconds=300.0, run_seconds=(tests,))
    assert file.project.discussion.path("main")[1].calls[0].arguments == {"script": "python -m unittest\n"}


def test_every_field_of_a_message_is_described() -> None:
    for kind in (Message, Text, Thinking, ToolCall, ToolResult, FileRefresh, Opaque, Summary, Limits, Rate):
        for field in fields(kind):
            assert re.search(rf"\b{field.name}\b", PAGE), f"{kind.__name__}.{field.name}"


def test_the_names_of_history_files_are_read_as_shown(tmp_path: Path) -> None:
    text = HISTORY.replace("<SHA-256>", "a" * 64) + '[files]\nbase_dir = "/"\n'
    file = project_file.read(text.encode(), "calculator", folder=tmp_path)
    assert file.history is not None
    first, second = file.history.named
    assert (first.messages, first.last, first.after) == (751, "m751", None)
    assert (second.messages, second.last, second.after) == (751, "m1502", "m751")
    assert file.dropped == (f"{'a' * 64}.jsonl",)
