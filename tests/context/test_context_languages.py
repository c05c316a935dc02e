"""Outlines through tree-sitter: golden files for each language, limits, and missing grammars.

`COPILOT_WRITE_GOLDEN=1` writes the golden files anew; read the difference before keeping it.
"""

import json
import os
import tracemalloc
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from copilot.context.languages.known import language_of
from copilot.context.languages.outline import NoOutlineError, outline
from copilot.context.languages.scripting import PYTHON
from copilot.context.languages.web import JAVASCRIPT
from copilot.context.summarize import MAX_BYTES, summarize
from copilot.grammars.parsing import load, parse

GOLDEN = Path(__file__).with_name("golden")
SAMPLES = sorted(path for path in GOLDEN.iterdir() if path.suffix != ".md")
DOCUMENTS = {".markdown", ".json", ".toml", ".yaml"}
SOURCES = [path for path in SAMPLES if path.suffix not in DOCUMENTS]


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_the_golden_files(path: Path) -> None:
    # before many blank lines, so that the outline is shorter than the file and not the file shown whole
    data = path.read_bytes() + b"\n" * 4_000
    shown = summarize(path.name, data)
    kept = path.with_name(f"{path.name}.md")
    if os.environ.get("COPILOT_WRITE_GOLDEN"):
        kept.write_text(shown, encoding="utf-8", newline="\n")
    assert shown == kept.read_text(encoding="utf-8")
    assert summarize(path.name, data) == shown


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_line_ends_do_not_matter(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    language = language_of(path.name, text) or PYTHON
    assert outline(text.replace("\n", "\r\n"), language) == outline(text, language)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_a_file_cut_anywhere_is_still_outlined(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    language = language_of(path.name, text) or PYTHON
    for stop in range(0, len(text), 97):
        for line in outline(text[:stop], language).table.splitlines():
            assert line.replace("\\|", "").count("|") in (3, 4)


def test_a_grammar_that_cannot_be_loaded_is_said() -> None:
    lost = replace(JAVASCRIPT, module="tree_sitter_of_nothing")
    with pytest.raises(NoOutlineError, match="no grammar for JavaScript can be loaded here"):
        outline("let a = 1", lost)
    assert load("tree_sitter", "no_such_entry") is None


def test_what_is_too_large_is_shown_by_its_head() -> None:
    data = b"let a = 1;\n" * (MAX_BYTES // 11 + 1)
    text = summarize("a.js", data)
    assert text.startswith(
        "90,910 lines, 1,000,010 bytes. Too large for an outline.\n\nThe first 20 lines:\n\n```javascript\n"
    )
    assert len(text) < 1_000


@pytest.mark.parametrize(
    "piece", ["(", "a<", "{[(", "`${", "class A{", "if(a){", "/*", '"', "<?php ", "#if\n", "$("]
)
@pytest.mark.parametrize(
    "suffix", ["js", "tsx", "rs", "go", "java", "c", "cpp", "cs", "rb", "php", "sh", "ps1", "py"]
)
def test_deep_nesting_ends(piece: str, suffix: str) -> None:
    assert summarize(f"a.{suffix}", (piece * 3_000).encode()).endswith("\n")


@pytest.mark.parametrize(
    ("path", "text", "title"),
    [
        ("a.h", "int f(void);\n", "C"),
        ("a.h", "  class A;\n", "C++"),
        ("bin/go", "#!/bin/sh -e\n", "Shell"),
        ("tool", "#!/usr/bin/env -S node --x\n", "JavaScript"),
        ("x/Rakefile", "", "Ruby"),
        ("A.PS1", "", "PowerShell"),
        (r"a\b.tsx", "", "TypeScript with JSX"),
    ],
)
def test_the_language_of_a_file(path: str, text: str, title: str) -> None:
    found = language_of(path, text)
    assert found is not None
    assert found.title == title


def test_other_files_have_no_language() -> None:
    assert language_of("a.xyz", "class A") is None
    assert language_of("notes", "class A") is None


suffixes = st.sampled_from(sorted({".py", ".ipynb", *(path.suffix for path in SAMPLES)}))
words = st.sampled_from(
    ("class A", "{", "}", "(", ")", "function f", "def f", "end", ":", "\n", "=", ";", "// c", "# c", "/*",
     "*/", "'", '"', "import x", "template<", "struct", "é", "\t", "=>", "fn", "impl", "@", "|", "`", "<?php")
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.lists(words, max_size=30).map(" ".join), suffixes)
def test_no_source_makes_it_fail(text: str, suffix: str) -> None:
    shown = summarize(f"a{suffix}", text.encode())
    assert shown.endswith("\n")
    assert summarize(f"a{suffix}", text.encode()) == shown


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200), suffixes)
def test_no_bytes_make_it_fail(data: bytes, suffix: str) -> None:
    assert summarize(f"a{suffix}", data).endswith("\n")


@pytest.mark.parametrize(
    "path", [path for path in SAMPLES if path.suffix in DOCUMENTS], ids=lambda path: path.name
)
def test_a_document_cut_anywhere_is_still_outlined(path: Path) -> None:
    text = path.read_bytes()
    for stop in range(len(text)):
        shown = summarize(path.name, text[:stop] + b"\n" * 4_000)
        for line in shown.splitlines():
            assert not line.startswith("| ") or line.replace("\\|", "").count("|") in (3, 4)


marks = st.sampled_from(
    ("{", "}", "[", "]", ":", ",", '"', "'", "\n", " ", "#", "-", "=", "a", "1", "|", "`", '"""', "---")
)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(marks, max_size=40).map("".join), st.sampled_from((".json", ".toml", ".yaml", ".md", ".ipynb"))
)
def test_no_document_makes_it_fail(text: str, suffix: str) -> None:
    data = (text + "\n" * 2_000).encode()
    shown = summarize(f"a{suffix}", data)
    assert shown.endswith("\n")
    assert summarize(f"a{suffix}", data) == shown


def test_a_notebook_by_its_cells() -> None:
    cells = [
        {"cell_type": "markdown", "source": ["# Prices\n", "of | things\n"]},
        {
            "cell_type": "code",
            "source": "import os\n\ndef load(path):\n    pass\nclass A(B): pass\n",
            "outputs": [{}],
        },
        {"cell_type": "code", "source": ["%matplotlib inline\n"], "outputs": []},
        {"cell_type": "raw", "source": []},
        "no cell",
    ]
    made = {"cells": cells, "metadata": {"kernelspec": {"language": "python"}}, "nbformat": 4}
    data = json.dumps(made, indent=8).encode()
    shown = summarize("a.ipynb", data)
    assert shown == (
        "Notebook, 36 lines. Language: python.\n\n"
        "| cell | content | about |\n|---|---|---|\n"
        "| 1 | `# Prices` | markdown, 2 lines |\n"
        "| 2 | `def load(path); class A(B)` | code, 5 lines, 1 output |\n"
        "| 3 | `%matplotlib inline` | code, 1 line |\n"
        "| 4 |  | raw, 0 lines |\n"
        "| 5 |  | no type, 0 lines |\n"
    )


def test_a_notebook_that_is_none_is_shown_by_its_keys() -> None:
    shown = summarize("a.ipynb", b'{"cells": "none",' + b"\n" * 100 + b'"b": [1]}')
    assert '| 1 | `cells: "none"` |' in shown


def test_a_long_list_of_small_things_is_shown_whole_up_to_a_limit() -> None:
    assert summarize("a.js", b"//d\nlet a=1;\n" * 1_000).count("//d") == 1_000
    assert summarize("a.js", b"//d\nlet a=1;\n" * 20_000).count("//d") == 10


def test_no_text_stays_when_it_is_parsed() -> None:
    def parsed(number: int) -> None:
        data = b"".join(b"echo %d words\n" % (number + line) for line in range(20_000))
        parse("tree_sitter_bash", "language", data, longest=10**7)

    parsed(0)
    tracemalloc.start()
    try:
        for number in range(1, 5):
            parsed(number)
        assert tracemalloc.get_traced_memory()[0] < 200_000
    finally:
        tracemalloc.stop()


def test_nothing_stays_of_a_short_script() -> None:
    def parsed(number: int) -> None:
        parse("tree_sitter_bash", "language", b"echo %d words\n" % number, longest=10**7)

    parsed(0)
    tracemalloc.start()
    try:
        for number in range(1_000):
            parsed(number)
        assert tracemalloc.get_traced_memory()[0] < 20_000
    finally:
        tracemalloc.stop()
