"""What deceives the eye, the shells' hazards with their fixes, and what no text may do to the reader."""

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot.shell.reading import looks
from copilot.shell.reading.grammar import MAX_BYTES
from copilot.shell.reading.looks import bytes_of, show
from copilot.shell.reading.reader import read_python, read_script
from copilot.vocabulary.readings import fixed
from copilot.vocabulary.values import ShellName

SHELLS: tuple[ShellName, ...] = ("bash", "sh", "pwsh", "powershell")
PIECES = (
    "rm", " ", "-rf", "$(", ")", "`", '"', "'", "{", "}", "|", "&&", ";", "\n", "$x", "<<E", "E", "#", '@"',
    '"@', "\\", "\r", "\u202e", "\u00a0", "é", "–", "”", "eval", "iex", "[", "]]", "..", "/", "~", "\0",
    "\ud800", "=", ">",
)  # fmt: skip


@given(st.binary(max_size=80))
def test_shown_bytes_come_back(data: bytes) -> None:
    shown = show(data)
    assert bytes_of(shown.text) == data
    at = first = 0
    for piece in shown.pieces:
        assert (piece.start, piece.first) == (at, first)
        assert piece.end > piece.start
        assert bytes_of(shown.text[piece.start : piece.end]) == data[piece.first : piece.last]
        assert (
            not piece.plain or shown.text[piece.start : piece.end].encode() == data[piece.first : piece.last]
        )
        at, first = piece.end, piece.last
    assert (at, first) == (len(shown.text), len(data))


@given(
    st.text(alphabet="a\\ux{}0c5e2\u202e\n", max_size=24),
    st.text(alphabet="a\\ux{}0c5e2\u202e\n", max_size=24),
)
def test_different_texts_are_shown_differently(one: str, other: str) -> None:
    assert (show(one.encode()).text == show(other.encode()).text) == (one == other)


@given(
    st.text(max_size=40) | st.lists(st.sampled_from(PIECES), max_size=25).map("".join),
    st.sampled_from(SHELLS),
)
def test_no_text_makes_it_fail_and_every_fix_fits(script: str, shell: ShellName) -> None:
    reading = read_script(shell, script, cwd="/p")
    for hazard in reading.hazards:
        if hazard.fix is not None:
            assert fixed(script, hazard.fix) != script
    read_python(script, cwd="/p")


@pytest.mark.parametrize(
    "piece", ["$(", "(", "@{", "`", "{", "[", "'", '"', "<<a\n", "if (", "function f {", "a;("]
)
@pytest.mark.parametrize("shell", ["bash", "pwsh"])
def test_deep_nesting_does_no_harm(shell: ShellName, piece: str) -> None:
    assert not read_script(shell, piece * (12_000 // len(piece) + 1), cwd="/p").understood


def test_more_than_its_limit_is_not_understood() -> None:
    reading = read_script("bash", "x" * (MAX_BYTES + 1), cwd="/p")
    assert "longer than" in reading.trouble[0]


def test_without_the_wheels_nothing_is_understood() -> None:
    code = (
        "import sys; sys.modules['tree_sitter_bash'] = sys.modules['tree_sitter_powershell'] = None\n"
        "from copilot.shell.reading.reader import read_script\n"
        "print({read_script(shell, 'ls', cwd='/p').trouble for shell in ('bash', 'pwsh')})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "No grammar" in done.stdout, done.stderr


@pytest.mark.parametrize(
    ("shell", "script", "words", "after"),
    [
        ("powershell", "git add . && git push", "&&", "git add .; if ($?) { git push }"),
        ("powershell", "$x = $a ?? 'b'", "??", "$x = if ($null -ne $a) { $a } else { 'b' }"),
        ("powershell", "$x = $a ? 1 : 2", "? :", "$x = if ($a) { 1 } else { 2 }"),
        ("powershell", "ls > out.txt", "UTF-16", "ls | Out-File -Encoding utf8 out.txt"),
        ("powershell", "ls >> 'a b.txt'", "UTF-16", "ls | Out-File -Append -Encoding utf8 'a b.txt'"),
        ("powershell", "Set-Content a.txt b", "code page", "Set-Content -Encoding utf8 a.txt b"),
        ("powershell", "Get-Content a.txt", "code page", "Get-Content -Encoding utf8 a.txt"),
        ("powershell", "curl http://x", "Invoke-WebRequest", "curl.exe http://x"),
        ("powershell", "git commit -m 'say \"hi\"'", "drops quotes", "git commit -m 'say \\\"hi\\\"'"),
        ("pwsh", "Install-Module Pester", "trust", "Install-Module -Force Pester"),
        ("bash", "sudo ls", "password", "sudo -n ls"),
        ("bash", "ssh host ls", "host key", "ssh -o BatchMode=yes host ls"),
        ("bash", "apt-get install jq", "go on", "apt-get install -y jq"),
        ("bash", "pip uninstall x", "asks", "pip uninstall -y x"),
        ("bash", "git commit", "editor", 'git commit -m "Update"'),
        ("bash", "git rebase -i main", "editor", "git rebase main"),
        ("bash", "git add -p src", "each part", "git add src"),
        ("bash", "git clean -fdi", "each file", "git clean -fdn"),
        ("bash", "git merge dev", "editor", "git merge --no-edit dev"),
        ("bash", "less log.txt", "keys", "cat log.txt"),
        ("bash", "top", "keys", "top -b -n 1"),
        ("bash", "man ls", "keys", "man -P cat ls"),
        ("bash", "  vim x # look", "keys", "  : # vim x # look"),
        ("bash", "sftp host", "waits for commands", ": # sftp host"),
        ("bash", "docker login", "password", ": # docker login"),
        ("bash", "su bob", "password", ": # su bob"),
        ("bash", "ssh-keygen -t ed25519", "phrase", 'ssh-keygen -N "" -t ed25519'),
        ("bash", "rm -i x", "each file", "rm x"),
        ("bash", "rm -rif x", "each file", "rm -rf x"),
        ("bash", "read -rp 'Name? ' name", "no answer", 'name=""'),
        ("bash", "unzip a.zip; npx x; npm init", "unzip", "unzip -o a.zip; npx x; npm init"),
        ("bash", "npx tsc", "npx", "npx --yes tsc"),
        ("bash", "npm init", "each field", "npm init -y"),
        ("bash", "scp a h:b", "host key", "scp -B a h:b"),
        ("bash", "conda install x", "go on", "conda install -y x"),
        ("bash", "dnf remove x", "go on", "dnf remove -y x"),
        ("bash", "pacman -S x", "go on", "pacman -S --noconfirm x"),
        ("pwsh", "$n = Read-Host 'Name'", "Read-Host", "$n = ''"),
        ("pwsh", "Read-Host x", "Read-Host", "''"),
        ("pwsh", "pause", "key", "# pause"),
        ("pwsh", "$c = Get-Credential", "question", None),
        ("pwsh", "Get-Credential", "question", "# Get-Credential"),
        ("pwsh", "Remove-Item x -Confirm", "-Confirm", "Remove-Item x -Confirm:$false"),
        ("pwsh", "Set-ExecutionPolicy Bypass", "go on", "Set-ExecutionPolicy -Force Bypass"),
        ("pwsh", "choco install x", "go on", "choco install -y x"),
        (
            "pwsh",
            "winget install x",
            "agreements",
            "winget install --accept-package-agreements --accept-source-agreements x",
        ),
        ("powershell", "git log | Out-File a.txt", "UTF-16", "git log | Out-File -Encoding utf8 a.txt"),
        ("powershell", "Export-Csv a.csv", "ASCII", "Export-Csv -Encoding utf8 a.csv"),
        ("powershell", "'x' | Add-Content a", "code page", "'x' | Add-Content -Encoding utf8 a"),
        ("powershell", "$x ??= 'a'", "??=", "if ($null -eq $x) { $x = 'a' }"),
        ("powershell", "'x' | sc a -Encoding utf8NoBOM", "utf8NoBOM", "'x' | sc a -Encoding utf8"),
        ("powershell", 'node -e "say(`"hi`")"', "drops quotes", 'node -e "say(\\`"hi\\`")"'),
        ("bash", "cd build\nrm -rf *", "Should this cd fail", "cd build || exit 1\nrm -rf *"),
        ("bash", "ls\r\nls\r\n", "CR LF", "ls\nls\n"),
        ("bash", "rm \u2013rf x", "dash", "rm -rf x"),
        ("bash", "echo \u201ca\u201d", "quotes", 'echo "a"'),
        ("bash", "echo a\u00a0b", "space", "echo a b"),
        ("bash", "\u0441url x", "looks like curl", "curl x"),
        ("bash", "ls \u202ex", "direction", "ls x"),
        ("sh", "source x", "bash's", ". x"),
        ("sh", "function f { ls; }", "bash's word", "f() { ls; }"),
        ("sh", "ls &> out", "background", "ls > out 2>&1"),
        ("sh", "ls |& cat", "bash's", "ls 2>&1 | cat"),
        ("sh", '[ "$a" == b ]', "bash's", '[ "$a" = b ]'),
    ],
)
def test_a_hazard_has_its_fix(shell: ShellName, script: str, words: str, after: str | None) -> None:
    found = [one for one in read_script(shell, script, cwd="/p").hazards if words in one.words]
    assert found, script
    fix = found[0].fix
    assert (None if fix is None else fixed(script, fix)) == after
    if after is not None:  # and it is one no more
        assert not [one for one in read_script(shell, after, cwd="/p").hazards if one.words == found[0].words]


@pytest.mark.parametrize(
    "script",
    [
        "vim x; ls",
        "vim x \\\n  y",
        "ls |\nvim -",
        "if ls; then vim x; fi",
        "(vim x",
        "vim 'a\nb'",
        "vim x > y",
    ],
)
def test_no_part_of_a_longer_command_is_left_out(script: str) -> None:
    (one,) = [one for one in read_script("bash", script, cwd="/p").hazards if "keys" in one.words]
    assert one.fix is None


@pytest.mark.parametrize(
    ("shell", "script", "words"),
    [
        ("bash", "read -r a b", "no answer"),
        ("bash", "select x in a b; do echo; done", "choice"),
        ("bash", "git reset -p", "each part"),
        ("sh", "[[ a == b ]]", "bash's"),
        ("sh", "a=(1 2)", "Arrays"),
        ("bash", "#!/usr/bin/env python3\nimport os", "asks for python3"),
        ("bash", "x" * 1_200, "characters long"),
        ("pwsh", "# a\rls", "carriage return"),
    ],
)
def test_a_hazard_without_a_fix_of_its_own_is_said(shell: ShellName, script: str, words: str) -> None:
    assert any(words in one.words for one in read_script(shell, script, cwd="/p").hazards)


@pytest.mark.parametrize(
    ("shell", "script"),
    [
        ("bash", "echo 'a && b' # sudo x"),
        ("bash", "while read -r l; do echo; done < f"),
        ("bash", "echo 'нет' # он\n"),
        ("bash", "set -e\ncd x\nrm y"),
        ("pwsh", "git add . && git push"),
        ("pwsh", "ls > out.txt"),
        ("powershell", "ls > $null"),
        ("powershell", "'a && b'"),
        ("bash", "git commit -m x\ngit commit -am x"),
        ("bash", "echo ü — 'naïve'"),
    ],
)
def test_what_is_no_hazard_is_not_named(shell: ShellName, script: str) -> None:
    assert read_script(shell, script, cwd="/p").hazards == ()


@pytest.mark.parametrize(
    ("script", "words", "mended"),
    [
        ("echo ok" + "\n" * 200 + "rm -rf /", "199 empty lines", "echo ok\nrm -rf /"),
        ("echo ok\n" + " " * 300 + "rm -rf /", "300 blanks", "echo ok\n rm -rf /"),
        ("if a; then\n" + " " * 44 + "b\nfi" + "\n" * 9 + "c\n" + "\n" * 99, "", ""),
    ],
)
def test_what_lies_far_below_or_far_right_is_named(script: str, words: str, mended: str) -> None:
    found = [one for one in looks.hazards(script, "posix") if "out of sight" in one.words]
    assert [words in one.words and one.grave for one in found] == [True] * bool(words)
    assert len(list(looks.gaps(script))) == len(found)
    assert [fixed(script, one.fix) for one in found if one.fix is not None] == [mended] * bool(words)
