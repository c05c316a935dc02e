"""A text that was edited is read as if it were new, though most of it is not read again."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from copilot.shell.reading.paths import Ground
from copilot.shell.reading.reader import Asked, GivenUpError, Read, read
from copilot.vocabulary.readings import ScriptLanguage
from copilot.vocabulary.values import ShellName

POSIX = (
    "ls", "rm -rf $A", "A=/etc", "A=build", "B=$A/x", "cd ..", "cd $A", "(cd /; rm x)", "unset A", "export A",
    "f() { rm -rf $A; }", "f", "alias ll='rm -f'", "ll z", "if x; then", "fi", "rm 'open", "eval \"$A\"",
    "popd", "for A in 1 2; do", "done", "cat <<E", "E", "echo $A | sh", "", "rm $A > $B", "( ", "a &&",
    "read A",
)  # fmt: skip
POWERSHELL = (
    "ls", "ri $a", "$a = 'C:\\'", "$a = 'build'", "$b = \"$a\\x\"", "cd ..", "cd $a", "function F { ri $a }",
    "F", "Set-Alias zap Remove-Item", "zap q", "if ($x) {", "}", "ri 'open", "iex $a", "foreach ($a in 1) {",
    "@'", "'@", "'x' > $b", "$a++", "", "(", "git add . &&", "Import-Module x", "1..3 | % { rm \"f$_\" }",
    "[int]$a",
)  # fmt: skip


def asked(shell: ShellName, lines: list[str]) -> Asked:
    language: ScriptLanguage = "posix" if shell == "bash" else "powershell"
    return Asked(language, "\n".join(lines), Ground("/p", "/p"), shell)


def edited(data: st.DataObject, pieces: tuple[str, ...], lines: list[str]) -> list[str]:
    start = data.draw(st.integers(0, len(lines)))
    end = data.draw(st.integers(start, len(lines)))
    return lines[:start] + data.draw(st.lists(st.sampled_from(pieces), max_size=3)) + lines[end:]


@pytest.mark.parametrize(("shell", "pieces"), [("bash", POSIX), ("powershell", POWERSHELL)])
@settings(max_examples=60)
@given(data=st.data())
def test_an_edit_is_read_as_if_all_were_new(
    shell: ShellName, pieces: tuple[str, ...], data: st.DataObject
) -> None:
    lines = data.draw(st.lists(st.sampled_from(pieces), max_size=12))
    last: Read = read(asked(shell, lines))
    for _ in range(3):
        lines = edited(data, pieces, lines)
        last = read(asked(shell, lines), last)
        assert last.reading == read(asked(shell, lines)).reading


@pytest.mark.parametrize("shell", ["bash", "powershell"])
def test_what_did_not_change_is_taken_over(shell: ShellName) -> None:
    lines = [f"rm f{number}" for number in range(2_000)]
    first = read(asked(shell, lines))
    lines.insert(1, "ls")
    again = read(asked(shell, lines), first)
    assert again.reading.statements[0] is first.reading.statements[0]
    moved = again.reading.statements[1_500]
    assert moved.first_line == 1_501
    assert moved.paths is first.reading.statements[1_499].paths
    assert first.reading is read(asked(shell, [f"rm f{number}" for number in range(2_000)])).reading


def test_a_reading_of_another_folder_gives_nothing() -> None:
    first = read(asked("bash", ["rm ../q"]))
    elsewhere = replace(first.asked, ground=Ground("/p", "/p/deep"))
    assert first.reading.statements[0].outside
    assert not read(elsewhere, first).reading.statements[0].outside


def test_a_reading_that_nobody_wants_ends() -> None:
    wanted = iter([False, False, True])
    with pytest.raises(GivenUpError):
        read(asked("bash", ["ls"] * 100), read(asked("bash", [])), lambda: next(wanted))
