"""What a call in a Python program does: to files, to the network, to other programs."""

import ast

from copilot.shell.reading.found import Found, Word
from copilot.shell.reading.judge import Inside, judge
from copilot.shell.reading.paths import ASIDE
from copilot.shell.reading.python_names import PythonNames
from copilot.shell.reading.python_nodes import is_false
from copilot.shell.reading.python_table import (
    EVALUATES,
    METHODS,
    MOVES,
    NETWORK,
    OPENS,
    acts,
    functions,
    runs,
)
from copilot.vocabulary.readings import Effect


class PythonCalls:
    """The calls of one program; a program that it starts is read by `inside`."""

    def __init__(self, known: PythonNames, inside: Inside) -> None:
        self._names = known
        self._inside = inside

    def judge(self, name: str, call: ast.Call, found: Found) -> None:
        """Add to `found` what a call of `name` does."""
        top = name.split(".")[0]
        found_effect = functions().get(name)
        words = [self._names.word(argument) for argument in call.args]
        if name in EVALUATES:
            self._evaluated(name, self._names.name(call.args[0]) if call.args else "", words, found)
        elif name in OPENS:
            self._open(call, words, found)
        elif runs(name):
            self._runs(name, call, found)
        elif name in MOVES:
            found.commands.setdefault(name)
            found.paths_of(words[:1], "reads" if "copy" in name else "deletes")
            found.paths_of(words[1:2], "writes")
        elif name == "input":
            found.why.setdefault("It asks for input; there is none here.")
        elif found_effect is not None:
            effect, why = found_effect
            found.commands.setdefault(name)
            found.add(effect, why=why)
            if effect in ("reads", "writes", "deletes"):
                found.paths_of(words[:1], effect)
        elif top in NETWORK:
            found.commands.setdefault(name)
            found.add("network")
            if any(not word.constant for word in words):
                found.why.setdefault("What it sends is computed.")
        elif isinstance(call.func, ast.Attribute) and call.func.attr in METHODS:
            self._method(call, call.func, found)

    def _method(self, call: ast.Call, func: ast.Attribute, found: Found) -> None:
        effect = METHODS[func.attr]
        found.add(effect)
        holder = func.value
        if func.attr in ("extract", "extractall"):
            named = [k.value for k in call.keywords if k.arg == "path"]
            into = [*named, *call.args[0 if func.attr == "extractall" else 1 :][:1]]
            found.path(self._names.word(into[0]) if into else Word("."), effect)
        elif (
            isinstance(holder, ast.Call)
            and self._names.name(holder.func) in ("pathlib.Path", "Path")
            and holder.args
        ):
            found.path(self._names.word(holder.args[0]), effect)
        elif isinstance(holder, ast.Name) and holder.id in self._names.constants:
            found.path(self._names.word(self._names.constants[holder.id]), effect)
        elif effect in ("writes", "deletes"):
            found.path(Word(ASIDE, constant=False), effect)

    def _evaluated(self, name: str, holder: str, words: list[Word], found: Found) -> None:
        if name in ("eval", "exec", "compile") and words and words[0].constant:
            found.unknown(f"{name} reads a text as a program.")
            self._inside("python", words[0].text, found)
        elif (
            name in ("getattr", "setattr")
            and len(words) > 1
            and words[1].constant
            and words[1].text[:2] != "__"
            and not acts(f"{holder}.{words[1].text}")
        ):
            return
        else:
            found.unknown(f"{name} runs or reaches what is computed.")

    def _open(self, call: ast.Call, words: list[Word], found: Found) -> None:
        mode = (
            words[1]
            if len(words) > 1
            else next((self._names.word(k.value) for k in call.keywords if k.arg == "mode"), Word("r"))
        )
        effect: Effect = "reads" if mode.constant and not set(mode.text) & set("wax+") else "writes"
        found.add(effect)
        found.paths_of(words[:1], effect)

    def _runs(self, name: str, call: ast.Call, found: Found) -> None:
        found.why.setdefault(f"{name} runs another program.")
        shell = any(k.arg == "shell" and not is_false(k.value) for k in call.keywords)
        first = call.args[0] if call.args else None
        if isinstance(first, ast.List | ast.Tuple) and not shell:
            words = [self._names.word(one) for one in first.elts]
            if words:
                judge(words, found, self._inside)
                return
        text = self._names.word(first) if first is not None else Word(ASIDE, constant=False)
        if text.constant and (shell or name.startswith(("os.system", "os.popen")) or "get" in name):
            self._inside("posix", text.text, found)
        else:
            found.unknown("Which program it runs is computed.")
