"""Hazards of PowerShell: above all what Windows PowerShell 5.1 does otherwise than PowerShell 7."""

import re
from collections.abc import Iterator
from typing import Final

from copilot.shell.reading.cmdlets import aliases, cmdlets
from copilot.shell.reading.lines import Code, each, inserted, line_from, replaced, told
from copilot.vocabulary.readings import Edit, Fix, Hazard, Statement
from copilot.vocabulary.values import ShellName

_CHAIN: Final = re.compile(r"[ \t]*(&&|\|\|)[ \t]*")
_TO_FILE: Final = re.compile(
    r"(?<![\d*>=-])[ \t]*(>{1,2})[ \t]*(?!&)(\$(?!null)[\w:.\\/]+|[^\s;|&$)}>]+|\"[ ]*\"|'[ ]*')",
    re.IGNORECASE,
)
_ENCODED: Final = re.compile(
    r"(?i)(?<![\w-])((?:set|add|get)-content|out-file|(?:ex|im)port-csv|gc|sc|ac|cat|type)(?=[ \t])"
)
_ENCODED_NEEDLES: Final = ("-content", "out-file", "port-csv", "gc", "sc", "ac", "cat", "type")
_OLD_NAMES: Final = re.compile(r"(?im)(?:^|(?<=[;|({&]))[ \t]*(curl|wget)(?=[ \t])")
_COALESCE: Final = re.compile(r"(?m)^([ \t]*\$\w+[ \t]*=[ \t]*)(\$\w+)[ \t]\?\?[ \t]([^\n;|]+?)[ \t]*$")
_COALESCE_INTO: Final = re.compile(r"(?m)^([ \t]*)(\$\w+)[ \t]*\?\?=[ \t]*([^\n;|]+?)[ \t]*$")
_TERNARY: Final = re.compile(
    r"(?m)^([ \t]*\$\w+[ \t]*=[ \t]*)([^\n;|?]+?)[ \t]\?[ \t]([^\n;|:]+?)[ \t]:[ \t]([^\n;|]+?)[ \t]*$"
)
_NEW_WORDS: Final = re.compile(r"\?\?=?|\?\.(?=\w)|\?\[|(?i:-parallel\b)|(?i:-ashashtable\b)|(?i:utf8nobom)")
_INNER_QUOTES: Final = re.compile(r"'[^'\n]*\"[^'\n]*'|\"(?:[^\"`\n]|`[^\"\n])*`\"(?:[^\"`\n]|`.)*\"")
_HEAD: Final = re.compile(r"[ \t]*(?:&[ \t]+)?([\w.\\/:-]+)[ \t]")


def found(script: str, code: Code, shell: ShellName, statements: tuple[Statement, ...]) -> Iterator[Hazard]:
    """What to know before this PowerShell runs it."""
    if shell == "powershell":
        yield from _chains(code)
        yield from _new_syntax(script, code)
        yield from _redirections(script, code)
        yield from _encodings(code)
        for line, place in each(_OLD_NAMES, code, "curl", "wget"):
            name = place[1]
            fix = replaced(f"Write {name}.exe", *place.span(1), f"{name}.exe")
            yield told(line, f"{name} means Invoke-WebRequest in this PowerShell, not the program.", fix)
        yield from _native_quotes(script, code)
    if "$lastexitcode" not in code.low:
        natives = [one for one in statements if one.commands and _native(one.commands[0])]
        if len(natives) > 1 and "&&" not in code.text:
            words = "A program that fails does not stop the script; only the last one's exit code is told."
            yield told(natives[0].first_line, words)


def _native(name: str) -> bool:
    low = name.lower()
    return (
        low not in cmdlets() and low not in aliases(windows_powershell=True) and "-" not in low.split(" ")[0]
    )


def _chains(code: Code) -> Iterator[Hazard]:
    for number, start, end in code.lines_with(("&&", "||")):
        line = code.text[start:end]
        places = list(_CHAIN.finditer(line))
        if not places:
            continue
        words = "&& and || are not known to PowerShell 5.1: the script does not parse."
        plain = not re.search(r"[;#{}]", line[places[0].start() :]) and line.rstrip()[-1:] not in "`|&("
        if not plain:
            yield told(number, words)
            continue
        edits = [
            Edit(
                start + place.start(),
                start + place.end(),
                "; if ($?) { " if place[1] == "&&" else "; if (-not $?) { ",
            )
            for place in places
        ]
        end = start + len(line.rstrip())
        edits.append(Edit(end, end, " }" * len(places)))
        same = len({place[1] for place in places}) == 1
        yield told(number, words, Fix(label="Write if ($?)", edits=tuple(edits)) if same else None)


def _new_syntax(script: str, code: Code) -> Iterator[Hazard]:
    fixed: set[int] = set()
    for line, place in each(_COALESCE, code, "??"):
        name, other = place[2], script[slice(*place.span(3))]
        text = f"if ($null -ne {name}) {{ {name} }} else {{ {other} }}"
        fixed.add(line)
        fix = replaced("Write if … else", place.start(2), place.end(3), text)
        yield told(line, "?? is not known to PowerShell 5.1: the script does not parse.", fix)
    for line, place in each(_TERNARY, code, "?"):
        parts = (script[slice(*place.span(n))] for n in (2, 3, 4))
        text = "if ({}) {{ {} }} else {{ {} }}".format(*parts)
        fixed.add(line)
        fix = replaced("Write if … else", place.start(2), place.end(4), text)
        yield told(line, "? : is not known to PowerShell 5.1: the script does not parse.", fix)
    for line, place in each(_COALESCE_INTO, code, "??="):
        indent, name, other = place[1], place[2], script[slice(*place.span(3))]
        fixed.add(line)
        text = f"{indent}if ($null -eq {name}) {{ {name} = {other} }}"
        fix = replaced("Write if …", *place.span(), text)
        yield told(line, "??= is not known to PowerShell 5.1: the script does not parse.", fix)
    for line, place in each(_NEW_WORDS, code, "?", "-parallel", "-ashashtable", "utf8nobom"):
        if line not in fixed:
            plain = place[0].lower() == "utf8nobom"
            fix = replaced("Write utf8", *place.span(), "utf8") if plain else None
            yield told(line, f"{place[0]} is not known to PowerShell 5.1.", fix)


def _redirections(script: str, code: Code) -> Iterator[Hazard]:
    for line, place in each(_TO_FILE, code, ">"):
        start, end = place.span(2)
        if script[start:end].lower() in ("$null", "nul"):
            continue
        append = " -Append" if place[1] == ">>" else ""
        text = f" | Out-File{append} -Encoding utf8 {script[start:end]}"
        fix = replaced("Write UTF-8", place.start(), end, text)
        yield told(line, f"{place[1]} writes UTF-16 in PowerShell 5.1; most programs want UTF-8.", fix)


def _encodings(code: Code) -> Iterator[Hazard]:
    for line, place in each(_ENCODED, code, *_ENCODED_NEEDLES):
        rest = re.split(r"[;|]", line_from(code.text, place.end()), maxsplit=1)[0]
        name = aliases(windows_powershell=True).get(place[1].lower(), place[1].lower())
        if re.search(r"(?i)-enc", rest) or re.search(r"(?i)-(?:asbyte|raw\s+-enc)", rest):
            continue
        reads = name in ("get-content", "import-csv")
        what = (
            "UTF-16" if name == "out-file" else "ASCII" if name == "export-csv" else "the machine's code page"
        )
        words = (
            "Without -Encoding PowerShell 5.1 reads UTF-8 without a mark as the machine's code page."
            if reads
            else f"Without -Encoding PowerShell 5.1 writes {what}."
        )
        yield told(line, words, inserted("Add -Encoding utf8", place.end(1), " -Encoding utf8"))


def _native_quotes(script: str, code: Code) -> Iterator[Hazard]:
    for number, start, end in code.lines_with(('"', "'")):
        whole = script[start:end]
        if '"' not in whole:
            continue
        head = _HEAD.match(code.text, start, end)
        if head is None or not _native(head[1].lower().removesuffix(".exe")):
            continue
        for place in _INNER_QUOTES.finditer(whole):
            single = place[0][0] == "'"
            at = start + place.start()
            inner = [
                at + m.start()
                for m in re.finditer(r'(?<!\\)"' if single else r'(?<!\\)`"', place[0])
                if m.start()
            ]
            if not inner:
                continue  # they are written so that they get through
            fix = Fix(label='Write \\"', edits=tuple(Edit(one, one, "\\") for one in inner))
            words = "PowerShell 5.1 drops quotes within an argument before the program gets it."
            yield told(number, words, fix)
