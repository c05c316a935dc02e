"""The calculator, its planted bug, and the shipped scenarios played with real files and real scripts."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from copilot.rehearsal.scenario import shipped
from copilot.rehearsal.server import RehearsalServer
from copilot.rehearsal.tour import BUGGY_FILE, PROMPTS, calculator_files, copy_calculator, plant_bug
from copilot.vocabulary.errors import CopilotError

EXAMPLE = Path(__file__).parents[2] / "examples" / "calculator"
READING = ("list_directory", "read_file")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    copy_calculator(tmp_path / "calculator")
    return tmp_path / "calculator"


def run(folder: Path, *argv: str, text: str | None = None) -> subprocess.CompletedProcess[str]:
    """Run something there with this Python under its usual names first on the path."""
    names = folder.parent / "bin"
    names.mkdir(exist_ok=True)
    for name in ("python", "python3"):
        if not (names / name).exists():
            (names / name).symlink_to(sys.executable)
    environ = {"PATH": f"{names}{os.pathsep}{os.environ['PATH']}", "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        argv, cwd=folder, env=environ, input=text, capture_output=True, text=True, timeout=60, check=False
    )


def unittest(folder: Path) -> str:
    """What the calculator's own tests print."""
    return run(folder, sys.executable, "-m", "unittest").stderr


def test_the_example_is_the_shipped_one() -> None:
    example = {
        path.relative_to(EXAMPLE).as_posix(): path.read_bytes()
        for path in EXAMPLE.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert example == calculator_files()


def test_the_calculator_works_by_itself(folder: Path) -> None:
    done = run(folder, sys.executable, "main.py", "2 * 3 + 4")
    assert (done.stdout, done.returncode) == ('{"expression": "2 * 3 + 4", "result": 10}\n', 0)
    refused = run(folder, sys.executable, "main.py", "2 * (3 + 4")
    assert (refused.stdout, refused.returncode) == ("", 2)
    assert refused.stderr == "error: this '(' is never closed (position 5)\n  2 * (3 + 4\n      ^\n"
    assert run(folder, sys.executable, "main.py").returncode == 2
    said = unittest(folder)
    assert "Ran 10 tests" in said
    assert said.endswith("OK\n")


@pytest.mark.parametrize(
    ("expression", "result"),
    [
        ("7", 7),
        ("0.5 + .25", 0.75),
        ("1 / 3 * 3", 1),
        ("-(1 + 2) / 4", -0.75),
        ("2 - -3", 5),
        ("2 * (3 - (4 - 5)) / 8", 1),
        ("10 - 4 + 3", 9),
    ],
)
def test_the_calculators_values(folder: Path, expression: str, result: float) -> None:
    done = run(folder, sys.executable, "main.py", expression)
    assert json.loads(done.stdout) == {"expression": expression, "result": result}
    assert type(json.loads(done.stdout)["result"]) is type(result)


@pytest.mark.parametrize(
    "expression", ["", " ", "2 +", "* 2", "2 3", "(", ")", "()", "1e5", "٣", "2 / 0", "9" * 201]
)
def test_what_the_calculator_refuses(folder: Path, expression: str) -> None:
    done = run(folder, sys.executable, "main.py", expression)
    assert (done.stdout, done.returncode) == ("", 2)
    assert done.stderr.startswith("error: ")
    assert "Traceback" not in done.stderr


def test_the_bug_makes_two_tests_fail(folder: Path) -> None:
    plant_bug(folder)
    said = unittest(folder)
    assert "FAIL: test_minus_works_from_left_to_right" in said
    assert "FAIL: test_division_works_from_left_to_right" in said
    assert said.endswith("FAILED (failures=2)\n")
    assert run(folder, sys.executable, "main.py", "2 * 3 + 4").stdout.endswith('"result": 10}\n')
    with pytest.raises(CopilotError, match="the line to break is not there"):
        plant_bug(folder)


class Tools:
    """The few tools that the scenarios call, working on a real folder."""

    def __init__(self, folder: Path, shell: str) -> None:
        self.folder = folder
        self.shell = shell
        self.scripts: list[str] = []

    def call(self, name: str, arguments: dict[str, Any]) -> str:
        match name:
            case "list_directory":
                return "\n".join(sorted(p.name for p in (self.folder / arguments["path"]).iterdir()))
            case "read_file":
                return (self.folder / arguments["path"]).read_text(encoding="utf-8")
            case "run_python_file":
                return self._said(run(self.folder, sys.executable, arguments["path"], *arguments["args"]))
            case _:
                self.scripts.append(arguments["script"])
                return self._said(run(self.folder, self.shell, text=arguments["script"]))

    def _said(self, done: subprocess.CompletedProcess[str]) -> str:
        return f"exit code: {done.returncode}\nstdout:\n{done.stdout}\nstderr:\n{done.stderr}"


Turn = tuple[list[str], str]


def play(
    post: Callable[..., Any],
    scenario: str,
    prompt: str,
    names: tuple[str, ...],
    call: Callable[[str, Any], str],
) -> Turn:
    """One turn over Chat Completions: which tools were called, and the last words."""
    offered = [{"type": "function", "function": {"name": n, "parameters": {"type": "object"}}} for n in names]
    messages: list[Any] = [{"role": "user", "content": prompt}]
    called: list[str] = []
    with RehearsalServer(shipped(scenario).model_copy(update={"delay": 0.0})) as server:
        for _ in range(10):
            body = {"model": "m", "messages": messages, "tools": offered}
            status, answer = post(server.url + "/v1/chat/completions", body)
            assert status == 200, answer
            message = answer["choices"][0]["message"]
            message.pop("reasoning_content", None)
            messages.append(message)
            if not message.get("tool_calls"):
                return called, message["content"]
            for made in message["tool_calls"]:
                name, arguments = made["function"]["name"], json.loads(made["function"]["arguments"])
                called.append(name)
                messages.append(
                    {"role": "tool", "tool_call_id": made["id"], "content": call(name, arguments)}
                )
    raise AssertionError("ten rounds were not enough")


@pytest.mark.parametrize("shell", ["bash", "sh"])
def test_the_tour_mends_the_bug_byte_for_byte(folder: Path, post: Any, shell: str) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"no {shell} here")
    plant_bug(folder)
    tools = Tools(folder, shell)
    called, words = play(post, "tour", PROMPTS["tour"], (*READING, "run_shell"), tools.call)
    assert called == ["list_directory", "read_file", "read_file", "run_shell", "run_shell", "run_shell"]
    assert words.startswith("All 10 tests pass.")
    assert "rehearsed" in words
    assert tools.scripts[0] == tools.scripts[2] == "python3 -m unittest\n"
    after = {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    assert after == calculator_files()
    called, words = play(post, "tour", PROMPTS["tour"], (*READING, "run_shell"), tools.call)
    assert (len(called), words[:40]) == (4, "All 10 tests pass, so there is nothing t")


def test_the_tour_knows_powershell(folder: Path, post: Any) -> None:
    """The decisions of another system, without its shell: which scripts it would be given."""
    plant_bug(folder)
    tools = Tools(folder, "sh")
    scripts: list[str] = []

    def call(name: str, arguments: dict[str, Any]) -> str:
        if name != "run_powershell":
            return tools.call(name, arguments)
        scripts.append(arguments["script"])
        if len(scripts) == 2:
            path = folder / BUGGY_FILE
            old, new = "RANKS[waiting.text] > RANKS", "RANKS[waiting.text] >= RANKS"
            assert f".Replace('{old}', '{new}')" in arguments["script"]
            path.write_bytes(path.read_bytes().replace(old.encode(), new.encode()))
            return "The line as it is now:"
        return unittest(folder)

    _, words = play(post, "tour", PROMPTS["tour"], (*READING, "run_powershell"), call)
    assert words.startswith("All 10 tests pass.")
    assert scripts[0] == scripts[2] == "python -m unittest\n"
    assert calculator_files()[BUGGY_FILE] == (folder / BUGGY_FILE).read_bytes()
    assert calculator_files()[BUGGY_FILE].isascii()  # the script writes it back as ASCII


SAID_NO = [
    ("The person rejected this; nothing was done. Reason: no", "**not run**"),
    ("Not done: the person's policy rejects every change. Say what you would have done.", "**not run**"),
    ("Not done: this needs a person's approval and nobody is there to ask.", "**not run**"),
    ("Dry run: this was shown to the person and not done. Go on as if it had been done.", "**dry run**"),
    (
        "Stopped by the person before it finished; it may have done part of its work.",
        "did not get to its end",
    ),
    ("exit code: 127\nstderr:\nbash: python3: command not found", "could not start Python"),
    ("exit code: 0", "knows only one piece of work"),
]


@pytest.mark.parametrize(("result", "words"), SAID_NO)
def test_the_tour_answers_a_no_and_the_unexpected(folder: Path, post: Any, result: str, words: str) -> None:
    tools = Tools(folder, "sh")

    def call(name: str, arguments: dict[str, Any]) -> str:
        return result if name == "run_shell" else tools.call(name, arguments)

    called, said = play(post, "tour", PROMPTS["tour"], (*READING, "run_shell"), call)
    assert called[-1] == "run_shell"
    assert words in said


def test_the_tour_sees_that_an_edited_script_did_not_help(folder: Path, post: Any) -> None:
    plant_bug(folder)
    tools = Tools(folder, "sh")

    def call(name: str, arguments: dict[str, Any]) -> str:
        if "mended.tmp" in arguments.get("script", ""):
            return "exit code: 0\nstdout:\nThe line as it is now:"
        return tools.call(name, arguments)

    assert "still fail" in play(post, "tour", PROMPTS["tour"], (*READING, "run_shell"), call)[1]


@pytest.mark.parametrize(
    ("prompt", "words"),
    [
        ("What is 2 * 3 + 4?", "`2 * 3 + 4` is **10**."),
        ("what is (1 - 2) / 4", "`(1 - 2) / 4` is **-0.25**."),
        ("What is 1 / 0?", "The calculator refuses that: division by zero (position 3)."),
        ("Sing a song", "What is 2 * 3 + 4?"),
    ],
)
def test_the_calculators_answer_is_read_from_its_output(
    folder: Path, post: Any, prompt: str, words: str
) -> None:
    tools = Tools(folder, "sh")
    assert words in play(post, "calculator", prompt, ("run_python_file",), tools.call)[1]


@pytest.mark.parametrize(
    ("prompt", "called", "words"),
    [
        ("Hello", [], "No model is behind these words"),
        ("How do I choose a model?", [], "ANTHROPIC_API_KEY"),
        ("List the files, please", ["list_directory"], "base directory"),
        ("run a script", ["run_shell"], "word for word"),
        ("think about it", [], "pretended to think"),
    ],
)
def test_the_welcome_shows_what_can_be_tried(
    folder: Path, post: Any, prompt: str, called: list[str], words: str
) -> None:
    tools = Tools(folder, "sh")
    made, said = play(post, "welcome", prompt, (*READING, "run_shell"), tools.call)
    assert made == called
    assert words in said


def test_the_welcome_works_without_tools(post: Any) -> None:
    with RehearsalServer(shipped("welcome")) as server:
        body = {"model": "m", "messages": [{"role": "user", "content": "run a script"}]}
        status, answer = post(server.url + "/v1/chat/completions", body)
    assert status == 200
    assert "rehearsed" in answer["choices"][0]["message"]["content"]
