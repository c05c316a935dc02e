"""Which file is written in which language. The tables of a language are loaded when a file needs them."""

from importlib import import_module
from typing import cast

from copilot.context.languages.language import Language

_ROOMS = {
    "JAVASCRIPT": "web", "TYPESCRIPT": "web", "TSX": "web", "PHP": "web",
    "RUST": "compiled", "GO": "compiled", "JAVA": "compiled", "C_SHARP": "compiled", "C": "compiled",
    "CPP": "compiled", "RUBY": "scripting", "SHELL": "scripting", "POWERSHELL": "scripting",
}  # fmt: skip
"""The module in which each language's table stands, under its name."""
_BY_SUFFIX = {
    "js": "JAVASCRIPT", "mjs": "JAVASCRIPT", "cjs": "JAVASCRIPT", "jsx": "JAVASCRIPT",
    "ts": "TYPESCRIPT", "mts": "TYPESCRIPT", "cts": "TYPESCRIPT", "tsx": "TSX",
    "rs": "RUST", "go": "GO", "java": "JAVA", "cs": "C_SHARP", "csx": "C_SHARP",
    "c": "C", "cc": "CPP", "cpp": "CPP", "cxx": "CPP", "h++": "CPP", "hh": "CPP", "hpp": "CPP", "hxx": "CPP",
    "ipp": "CPP", "cu": "CPP", "rb": "RUBY", "rake": "RUBY", "gemspec": "RUBY", "php": "PHP", "phtml": "PHP",
    "sh": "SHELL", "bash": "SHELL", "zsh": "SHELL", "ksh": "SHELL",
    "ps1": "POWERSHELL", "psm1": "POWERSHELL", "psd1": "POWERSHELL",
}  # fmt: skip
_BY_NAME = {"rakefile": "RUBY", "gemfile": "RUBY", ".bashrc": "SHELL", ".profile": "SHELL", ".zshrc": "SHELL"}
_BY_PROGRAM = {
    "bash": "SHELL", "sh": "SHELL", "zsh": "SHELL", "dash": "SHELL", "ksh": "SHELL",
    "ruby": "RUBY", "node": "JAVASCRIPT", "php": "PHP", "pwsh": "POWERSHELL",
}  # fmt: skip
_CPP_WORDS = ("class ", "namespace ", "template<", "template <", "public:", "private:", "constexpr ")


def language_of(path: str, text: str) -> Language | None:
    """By suffix or name; a header by its words; a file without a suffix by the program it names first."""
    name = path.replace("\\", "/").rpartition("/")[2].lower()
    suffix = name.rpartition(".")[2] if "." in name else ""
    if suffix == "h":
        starts = (line.lstrip() for line in text.splitlines())
        found = "CPP" if any(line.startswith(_CPP_WORDS) for line in starts) else "C"
    else:
        found = _BY_SUFFIX.get(suffix) or _BY_NAME.get(name)
    if found is None and not suffix and text.startswith("#!"):
        found = _BY_PROGRAM.get(program(text))
    if found is None:
        return None
    return cast(Language, getattr(import_module(f"copilot.context.languages.{_ROOMS[found]}"), found))


def program(text: str) -> str:
    """The program that a first line such as `#!/usr/bin/env python3` names, without a version."""
    words = text.partition("\n")[0].removeprefix("#!").split()
    words = [word.rpartition("/")[2] for word in words if not word.startswith("-")]
    if words[:1] == ["env"]:
        words = words[1:]
    return words[0].rstrip("0123456789.") if words else ""
