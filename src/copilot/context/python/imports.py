"""What a Python file imports: one row for a person, modules for ranking."""

import ast
from collections.abc import Iterable

from copilot.vocabulary.frozen import field, mutable

LONGEST_NAMES = 120
"""Characters of modules and names above which the row has the modules only, grouped by package."""


@mutable
class Imports:
    """Gathers import statements; `first` and `last` are their lines, counted from 1."""

    first: int = 0
    last: int = 0
    modules: dict[str, None] = field(default_factory=dict[str, None])
    """Modules as written, with leading dots for relative ones, and each `module.name` taken from one."""
    _names: dict[str, list[str]] = field(default_factory=dict[str, list[str]])

    def add(self, node: ast.Import | ast.ImportFrom) -> None:
        """One statement more; its lines count unless it stands in a block."""
        if not node.col_offset or not self.first:
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
        """`import a; b as c; d: e, f`, or `import a; b.{c, d}` where names take too much; empty without any.

        `__future__` is left out: it tells the compiler something, not the reader.
        """
        found = self._names
        found.pop("__future__", None)
        if not found:
            return ""
        text = "; ".join(
            [f"{module}: {', '.join(names)}" if names else module for module, names in found.items()]
        )
        return f"import {text if len(text) <= LONGEST_NAMES else _packages(found)}"


def _packages(modules: Iterable[str]) -> str:
    """The modules, those of one package behind each other in braces where that package has several."""
    packages: dict[tuple[str, bool], list[str]] = {}
    for module in modules:
        package, dot, name = module.rpartition(".")
        packages.setdefault((package + dot, bool(name)), []).append(name)
    items: list[str] = []
    for (package, _), names in packages.items():
        if package and len(names) > 1:
            items.append(f"{package}{{{', '.join(names)}}}")
        else:
            items += [package + name for name in names]
    return "; ".join(items)


def _shown(alias: ast.alias) -> str:
    name, other = alias.name, alias.asname
    return name if other is None or other == name else f"{name} as {other}"
