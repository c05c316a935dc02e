"""What outlines carry besides their table, how they stay short, and that nothing makes them fail."""

import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from copilot.context.languages.known import language_of
from copilot.context.languages.outline import Outline, outline
from copilot.context.summarize import summarize

GOLDEN = Path(__file__).with_name("golden")
SAMPLES = sorted(path for path in GOLDEN.iterdir() if path.suffix != ".md")
NAMES = [
    *(f"a{path.suffix}" for path in SAMPLES if path.suffix),
    "a.h",
    "a.ipynb",
    "a.md",
    "a.yml",
    "Rakefile",
]


def outlined(name: str, text: str | None = None) -> Outline:
    """The outline of a text, or of a golden sample, under a file's name."""
    text = (GOLDEN / name).read_text(encoding="utf-8") if text is None else text
    language = language_of(name, text)
    assert language is not None
    return outline(text, language)


@pytest.mark.parametrize(
    ("name", "text", "paths"),
    [
        ("a.js", "import a, {b} from './b.js';\nimport 'c'\nexport * from \"d\"\n", ("./b.js", "c", "d")),
        ("a.cjs", "const {x} = require('./x'), y = require(\"y\");\n", ("./x", "y")),
        ("a.ts", "import type { T } from '@a/b'\n", ("@a/b",)),
        ("a.tsx", "export { A } from './a'\n", ("./a",)),
        ("a.rs", "pub use a::{b,\n c};\nuse d as e;\n", ("a::{b, c}", "d as e")),
        ("a.go", 'package a\nimport (\n\t"fmt"\n\tx "a/b"\n)\n', ("fmt", "a/b")),
        ("a.java", "import a.b.C;\nimport static d.E.*;\n", ("a.b.C", "d.E.*")),
        ("a.c", '#include <a/b.h>\n#include "c.h"\n', ("a/b.h", "c.h")),
        ("a.cpp", '#include <vector>\n#include "c.hpp"\nusing std::move;\n', ("vector", "c.hpp")),
        ("a.cs", "using A.B;\nusing static C;\nusing D = E.F;\n", ("A.B", "C", "E.F")),
        ("a.rb", "require 'json'\nrequire_relative 'a/b'\nautoload :X, 'x/y'\n", ("json", "a/b", "x/y")),
        ("a.php", "<?php\nuse A\\B;\nuse function C\\d;\nrequire __DIR__ . '/x';\n", ("A\\B", "C\\d", "/x")),
        ("a.sh", "source ./a.sh\n. 'b c.sh'\n", ("./a.sh", "b c.sh")),
        ("a.ps1", "using module ./A.psm1\nImport-Module B\n. ./c.ps1\n", ("./A.psm1", "B", "./c.ps1")),
    ],
)  # fmt: skip
def test_imports_are_told_as_written(name: str, text: str, paths: tuple[str, ...]) -> None:
    assert outlined(name, text).imports == paths


@pytest.mark.parametrize(
    ("name", "text", "names"),
    [
        ("a.js", "function a() {}\nclass B { c() {} #d() {} }\nlet _e = 1\n", ("a", "B", "c")),
        ("a.ts", "export class A { private b() {}\n c(): void {} }\nexport const d = 1\n", ("A", "c", "d")),
        ("a.rs", "pub fn a() {}\nfn b() {}\npub struct S;\nimpl S { pub fn c() {} fn d() {} }\n"
         "pub trait T { fn e(); }\n", ("a", "S", "T", "c", "e")),
        ("a.go", "package a\nfunc A() {}\nfunc b() {}\ntype C struct{}\nfunc (C) D() {}\n", ("A", "C", "D")),
        ("a.java", "class A { public void b() {} private void c() {} }\n", ("A", "b")),
        ("a.c", "int a(void);\nstatic int b(void) { ; }\n#define C 1\nstruct D { int e; };\n",
         ("a", "C", "D")),
        ("a.cpp", "class A { void b();\npublic:\n  void c(); };\nint N::d() { ; }\n", ("A", "d", "c")),
        ("a.cs", "class A { public void B() {} private void C() {} }\n", ("A", "B")),
        ("a.rb", "class A\n  def b; end\n  private\n  def c; end\nend\n", ("A", "b")),
        ("a.php", "<?php\nclass A { public function b() {} private function c() {} }\n", ("A", "b")),
        ("a.sh", "a() { :; }\nb=1\n", ("a", "b")),
        ("a.ps1", "function Get-A { }\nclass B { [int] C() { return 1 } }\n", ("Get-A", "B", "C")),
    ],
)  # fmt: skip
def test_public_names_are_told(name: str, text: str, names: tuple[str, ...]) -> None:
    assert sorted(outlined(name, text).defines) == sorted(names)


def test_names_are_told_once_and_not_without_end() -> None:
    text = "".join(f"function f{n}() {{}}\n" * 2 for n in range(500))
    assert outlined("a.js", text).defines == tuple(f"f{n}" for n in range(400))


def test_of_many_overloads_two_are_shown() -> None:
    text = "".join(f"export function f(a{n}: number): void;\n" for n in range(9))
    assert (
        "`export function f(a0: number): void; f(a1: number): void (+7 overloads)`"
        in outlined("a.ts", text).table
    )


def test_a_header_of_declarations_alone_is_shown_by_names() -> None:
    names = [f"shop_sell_{n}" for n in range(100)]
    found = outlined("a.h", "".join(f"int {name}(struct shop *shop, const char *item);\n" for name in names))
    assert "Fields and small declarations by name." in found.notes
    assert all(name in found.table for name in names)
    assert "struct shop" not in found.table


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_public_names_stand_in_the_table(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    language = language_of(path.name, text)
    if language is not None:
        found = outline(text, language)
        assert found.defines
        assert [name for name in found.defines if name not in found.table] == []


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=400), st.sampled_from(NAMES))
def test_any_bytes_under_any_name(data: bytes, name: str) -> None:
    shown = summarize(name, data + b"\n" * 500)
    assert shown.endswith("\n")
    assert summarize(name, data + b"\n" * 500) == shown


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(SAMPLES), st.integers(0, 2**32), st.integers(1, 40))
def test_real_sources_with_bytes_changed(path: Path, seed: int, changes: int) -> None:
    chance = random.Random(seed)
    data = bytearray(path.read_bytes())
    for _ in range(changes):
        at = chance.randrange(len(data))
        match chance.randrange(3):
            case 0:
                data[at] = chance.choice(b"{}()[]<>;:,'\"`#/*\\\r\0\xff\n |=$@a")
            case 1:
                del data[at : at + chance.randrange(30)]
                data = data or bytearray(b"x")
            case _:
                data[at:at] = data[: chance.randrange(60)]
    shown = summarize(path.name, bytes(data))
    assert shown.endswith("\n")
    assert summarize(path.name, bytes(data)) == shown
    for line in shown.splitlines():
        if line.startswith("| ") and "```" not in shown:
            assert line.replace("\\|", "").count("|") in (3, 4)


@pytest.mark.parametrize("piece", ["{", "[", "(", "- ", '{"a":[', "[[a]]\n", "class A {\n"])
@pytest.mark.parametrize("name", sorted({*NAMES, "a.rb", "a.sh"} - {"a.h"}))  # it is read as `a.c` is
def test_fifty_thousand_open_brackets(piece: str, name: str) -> None:
    assert len(summarize(name, piece.encode() * 50_000)) < 2 * 50_000 * len(piece)


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
@pytest.mark.parametrize("end", [b"\r", b"\r\n"])
def test_line_ends_of_every_kind(path: Path, end: bytes) -> None:
    data = path.read_bytes().replace(b"\r\n", b"\n")
    if path.suffix not in {".markdown", ".json", ".toml", ".yaml", ""}:
        assert outlined(path.name, data.replace(b"\n", end).decode()) == outlined(path.name, data.decode())
    assert summarize(path.name, data.replace(b"\n", end)).endswith("\n")
