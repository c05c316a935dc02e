"""Chosen files to Markdown: choice, order, views, what cannot be shown, reading again, numbered files."""

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from copilot.context import aggregate
from copilot.context.aggregate import Aggregate
from copilot.context.keeping import keep
from copilot.vocabulary.errors import StorageError
from copilot.vocabulary.messages import FileRefresh, Message, Text, Thinking, ToolCall, ToolResult
from copilot.vocabulary.values import FileChoice, Project
from ordinary_user import as_ordinary_user, open_folder


def tree(base: Path, files: dict[str, str | bytes]) -> Path:
    for name, content in files.items():
        path = base / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return base


def project(base: Path, *choices: str | FileChoice, prompt: str = "") -> Project:
    files = tuple(FileChoice(pattern=c) if isinstance(c, str) else c for c in choices)
    return Project(name="shop", base_dir=str(base), files=files, system_prompt=prompt)


def paths(built: Aggregate) -> list[str]:
    return [item.path for item in built.items]


def summary(pattern: str) -> FileChoice:
    return FileChoice(pattern=pattern, view="summary")


def off(pattern: str) -> FileChoice:
    return FileChoice(pattern=pattern, view="off")


SHOP: dict[str, str | bytes] = {
    "src/shop.py": "def sell(item: str) -> int:\n    '''Sell one.'''\n    return 1\n",
    "src/deep/x.py": "X = 1\n",
    "src/deep/y.txt": "why",
    "readme.md": "# Shop\n\n```sh\nrun\n```\n",
    ".gitignore": "build/\n*.log\n",
    "build/out.py": "B = 1\n",
    "a.log": "log\n",
}


@pytest.mark.parametrize(
    ("choices", "expected"),
    [
        (["**/*.py"], ["src/deep/x.py", "src/shop.py"]),
        (["src"], ["src/deep/x.py", "src/deep/y.txt", "src/shop.py"]),
        (["src/**", "!src/deep/**"], ["src/shop.py"]),
        (["src", "!src/deep", "src/deep/y.txt"], ["src/deep/y.txt", "src/shop.py"]),
        (["src", off("**/*.py")], ["src/deep/y.txt"]),
        (["*.{md,txt}"], ["readme.md"]),
        (["./readme.md", "a.log"], ["a.log", "readme.md"]),
        (["!src"], []),
        ([], []),
    ],
)
def test_the_last_entry_that_fits_decides(
    tmp_path: Path, choices: Sequence[str | FileChoice], expected: list[str]
) -> None:
    built = aggregate.run(project(tree(tmp_path, SHOP), *choices))
    assert (paths(built), built.skipped) == (expected, ())


def test_the_files_section(tmp_path: Path) -> None:
    built = aggregate.run(
        project(tree(tmp_path, SHOP), "readme.md", summary("src/shop.py"), "src/deep/y.txt")
    )
    assert aggregate.files_markdown(built.items) == (
        "# Files\n\n"
        "## src/shop.py\n\nView: summary. Python, 3 lines.\n\n"
        f"```python\n{SHOP['src/shop.py']}```\n\n"
        "## readme.md\n\nView: full. 5 lines, 22 bytes.\n\n````markdown\n# Shop\n\n```sh\nrun\n```\n````\n\n"
        "## src/deep/y.txt\n\nView: full. 1 line, 3 bytes, no newline at its end.\n\n```\nwhy\n```\n"
    )


def test_entries_that_give_nothing_are_named(tmp_path: Path) -> None:
    tree(tmp_path, {**SHOP, ".aiignore": "hidden.py\n", "hidden.py": "H = 1\n", "empty/.keep/x": ""})
    choices = (
        "nope.py",
        "*.rs",
        "../other/*",
        "/etc/passwd",
        "",
        "hidden.py",
        "build",
        "{a,b}" * 11,
        "!*.zig",
    )
    built = aggregate.run(project(tmp_path, *choices))
    assert built.items == ()
    outside = "leads outside the base directory; patterns are relative to it"
    assert sorted(built.skipped) == sorted(
        [
            "nope.py: no such file",
            "*.rs: fits no file",
            f"../other/*: {outside}",
            f"/etc/passwd: {outside}",
            "(empty): the pattern is empty",
            "hidden.py: .aiignore hides it",
            "build: no file in it can be shown",
            f"{'{a,b}' * 11}: its braces stand for more than 1,000 patterns",
        ]
    )


def test_files_that_cannot_be_shown_are_named_with_the_reason(tmp_path: Path) -> None:
    outside = tree(tmp_path / "outside", {"id": "secret of somebody"})
    base = tree(
        tmp_path / "base",
        {
            "a.py": "A = 1\n",
            "b.bin": b"\0\1\2",
            "big.txt": b"x" * 1_000_001,
            ".env": "TOKEN=canary-123456\n",
            "key.txt": "-----BEGIN PRIVATE KEY-----\ncanary-123456\n",
            "odd\nname`.txt": "odd\n",
        },
    )
    (base / "out.txt").symlink_to(outside / "id")
    (base / "in.txt").symlink_to("a.py")
    (base / "env.txt").symlink_to(".env")
    (base / "loop").symlink_to(".")
    os.mkfifo(base / "pipe.txt")
    built = aggregate.run(project(base, "**"))
    text = aggregate.files_markdown(built.items)
    assert "canary" not in text
    assert "somebody" not in text
    assert [item.path for item in built.items if not item.note] == ["a.py", "in.txt", "odd\nname`.txt"]
    assert "## odd\\x0aname`.txt\n" in text
    reasons = dict(line.split(": ", 1) for line in built.skipped)
    assert set(reasons) == {"b.bin", "big.txt", ".env", "key.txt", "out.txt", "env.txt", "pipe.txt"}
    assert reasons["b.bin"] == "binary, 3 bytes"
    assert "1,000,001 bytes" in reasons["big.txt"]
    assert "keys or passwords" in reasons[".env"]
    assert "keys or passwords" in reasons["env.txt"]
    assert "private key" in reasons["key.txt"]
    assert "outside" in reasons["out.txt"]
    assert "pipe" in reasons["pipe.txt"]
    assert "\n\n## Not shown\n\n- .env: " in text


def test_an_unreadable_file_is_named() -> None:
    def skipped(folder: Path) -> tuple[str, ...]:
        base = tree(folder, {"a.py": "A = 1\n"})
        (base / "a.py").chmod(0)
        return aggregate.run(project(base, "a.py")).skipped

    with open_folder() as folder:
        told = as_ordinary_user(lambda: skipped(folder))
    assert told == ("a.py: cannot be used: permission denied",)


def test_equal_trees_give_equal_bytes(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    tree(one, SHOP)
    tree(two, dict(reversed(SHOP.items())))
    os.utime(two / "readme.md", (1, 1))
    texts = [
        aggregate.prefix(p, aggregate.files_markdown(aggregate.run(p).items), "note")
        for p in (project(one, "**"), project(two, "**"))
    ]
    assert texts[0] == texts[1]
    assert str(tmp_path) not in texts[0]


def test_only_changed_files_are_read_again(tmp_path: Path) -> None:
    base = tree(tmp_path, {"a.py": "A = 1\n", "b.py": "B = 1\n", "c.py": "C = 1\n", "d.py": "D = 1\n"})
    before = aggregate.run(project(base, "*.py")).items
    assert aggregate.reread(before, base) == before
    (base / "a.py").write_text("A = 2\n")
    os.utime(base / "a.py", ns=(1, before[0].mtime_ns + 1))
    os.utime(base / "b.py", (5, 5))
    (base / "c.py").unlink()
    stat = (base / "d.py").stat()
    (base / "d.py").write_text("E = 1\n")
    os.utime(base / "d.py", ns=(stat.st_atime_ns, stat.st_mtime_ns))
    after = aggregate.reread(before, base)
    assert "A = 2" in after[0].text
    assert after[1] is before[1], "same bytes: the item stays, whatever the time"
    assert after[2].note.startswith("there is no file")
    assert after[3] is before[3], "same size and time: not read"
    (base / "c.py").write_text("C = 1\n")
    again = aggregate.reread(after, base)
    assert (again[2].text, again[2].note) == (before[2].text, "")


def test_a_changed_file_that_is_hidden_from_assistants_by_now_is_not_read_again(tmp_path: Path) -> None:
    base = tree(tmp_path, {"a.py": "A = 1\n", "b.py": "B = 1\n", "c.py": "C = 1\n"})
    before = aggregate.run(project(base, "*.py")).items
    (base / ".aiignore").write_text("a.py\nb.py\n")
    (base / ".gitignore").write_text("c.py\n")
    (base / "a.py").write_text("SECRET = 22\n")
    (base / "c.py").write_text("C = 22\n")
    after = aggregate.reread(before, base)
    assert after[0].note == ".aiignore hides it"
    assert "SECRET" not in aggregate.files_markdown(after)
    assert after[1] is before[1], "it did not change: what was sent of it is all there is"
    assert "C = 22" in after[2].text
    assert aggregate.reread(after, base) == after


def test_the_prefix_has_the_prompt_then_the_files() -> None:
    plain = aggregate.prefix(project(Path("/p")), "# Files\n\nx\n")
    assert plain.startswith("You are Copilot")
    assert plain.endswith("stop.\n\n# Files\n\nx\n")
    full = aggregate.prefix(
        project(Path("/p"), prompt=" Be brief. \ud800"), "# Files\n\nx\n", "Scripts run in sh."
    )
    assert full == plain.replace(
        "stop.\n",
        "stop.\n\nScripts run in sh.\n\n# From the person, for this project\n\nBe brief. ?\n",
    )


def test_no_files_are_said_plainly() -> None:
    assert aggregate.files_markdown(()) == "# Files\n\nNo files were chosen; use the reading tools.\n"


def test_the_branch_is_readable() -> None:
    user = Message(id="1", parent=None, role="user", parts=(Text(text="Hi ```"),), at=1.0)
    call = ToolCall(call_id="c", name="read_file", arguments={"path": "a`b"})
    said = replace(
        user,
        role="assistant",
        model="m-1",
        parts=(Thinking(text="hm"), Text(text="Look."), call),
        partial=True,
    )
    result = ToolResult(call_id="c", name="read_file", output="```x```\n", status="error")
    told = replace(user, role="tool", parts=(result, FileRefresh(text="[FILES UPDATED]\n")))
    assert aggregate.branch_markdown((user, said, told)) == (
        "\n# Branch\n"
        "\n## User\n\nHi ```\n"
        "\n## Assistant (m-1), stopped before its end\n\nThinking:\n\n```\nhm\n```\n\nLook.\n"
        '\nCalls `read_file`:\n\n```json\n{\n "path": "a`b"\n}\n```\n'
        "\n## Tool\n\nResult of `read_file` (error):\n\n````\n```x```\n````\n\n[FILES UPDATED]\n"
    )
    assert aggregate.branch_markdown(()) == "\n# Branch\n\nNo messages yet.\n"


def test_written_files_are_numbered_and_never_overwritten(tmp_path: Path) -> None:
    md_gen = tmp_path / "md_gen"
    one = keep(md_gen, "shop", ("one ", "\ud800\n"), 0.0)
    (md_gen / "shop_007.md").write_text("kept")
    (md_gen / "shop_x.md").write_text("other")
    two = keep(md_gen, "shop", ("two\n",), 0.0)
    odd = keep(md_gen, "../a b", ("odd\n",), 0.0)
    assert [p.name for p in (one, two, odd)] == ["shop_001.md", "shop_008.md", "..-a-b_001.md"]
    assert (one.read_text(), two.read_text(), one.stat().st_mode & 0o777) == ("one ?\n", "two\n", 0o600)
    assert (md_gen / "shop_007.md").read_text() == "kept"


def test_a_folder_that_cannot_be_written_is_a_storage_error(tmp_path: Path) -> None:
    (tmp_path / "md_gen").write_text("a file")
    with pytest.raises(StorageError):
        keep(tmp_path / "md_gen", "shop", ("x",), 0.0)
