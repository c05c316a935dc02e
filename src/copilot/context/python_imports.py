"""What a Python file imports: one row for a person, modules for ranking."""

import ast
from dataclasses import dataclass, field

LONGEST_IMPORTS = 240
"""Characters of the row above which modules stand without the names taken from them."""


@dataclass(slots=True)
class Imports:
    """Gathers import statements; `first` and `last` are their lines, counted from 1."""

    first: int = 0
    last: int = 0
    modules: dict[str, None] = field(default_factory=dict[str, None])
    """Modules as written, with leading dots for relative ones, and each `module.name` taken from one."""
    _names: dict[str, list[str]] = field(default_factory=dict[str, list[str]])

    def add(self, node: ast.Import | ast.ImportFrom) -> None:
        """One statement more."""
        self.first = self.first or node.lineno
        self.last = node.end_lineno or node.lineno
        if isinstance(node, ast.Import):
            for alias in node.names:
                self.modules[alias.name] = None
                self._names.setdefault(_shown(alias), [])
            return
        module = "." * node.level + (node.module or "")
        self.modules[module] = None
        names = self._names.setdefault(module, [])
        start = module if module.endswith(".") else f"{module}."
        for alias in node.names:
            if alias.name != "*":
                self.modules[start + alias.name] = None
            names.append(_shown(alias))

    def shown(self) -> str:
        """`import a; b as c; d: e, f`: every module, and names while there is room; empty without any.

        `__future__` is left out: it tells the compiler something, not the reader.
        """
        found = [(module, names) for module, names in self._names.items() if module != "__future__"]
        if not found:
            return ""
        room = LONGEST_IMPORTS - sum(len(module) + 2 for module, _ in found)
        items: list[str] = []
        for module, names in found:
            if not names:
                items.append(module)
                continue
            text = ", ".join(names)
            room -= len(text)
            items.append(f"{module}: {text}" if room >= 0 else f"{module}: …")
        return f"import {'; '.join(items)}"


def _shown(alias: ast.alias) -> str:
    name, other = alias.name, alias.asname
    return name if other is None or other == name else f"{name} as {other}"
