"""Packages whose `__init__` runs only when something is wanted that nothing smaller gives.

An SDK's packages import all their modules to gather the names; three quarters of the time it takes to load
one goes into modules that nothing here uses. `lazily` puts packages into `sys.modules` whose `__init__` has
not run. Their modules are imported as ever; a name is taken from the module that `__init__` takes it from;
and whatever else is asked of the package runs its `__init__`, so that everything is there that ever was.
"""

import re
import sys
import threading
from collections.abc import Mapping, Sequence
from importlib import import_module
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import module_from_spec
from types import ModuleType
from typing import Any

_GATHERED = re.compile(r"^from (\.[\w.]+) import (?:\(([^)]*)\)|([^(\n]+))$", re.MULTILINE)
"""Imports of a package's own modules that stand at the left edge, so that no condition is above them."""

_ITEM = re.compile(r"(\w+)(?:\s+as\s+(\w+))?")


class _LazyPackage(ModuleType):
    """A package that is not yet run; afterwards an ordinary one."""

    lazy_init: "_Init"

    def __getattr__(self, name: str) -> Any:
        if name == "lazy_init":
            raise AttributeError(name)
        return self.lazy_init.attribute(self, name)


class _Init:
    """What a package's `__init__` would do, done for one name at a time where that is possible."""

    def __init__(self, spec: ModuleSpec) -> None:
        self._spec = spec
        self._lock = threading.RLock()
        self._begun = False
        self._names: Mapping[str, tuple[str, str]] | None = None

    def attribute(self, package: ModuleType, name: str) -> Any:
        """What the package lacks so far. Raises AttributeError where it will never have it."""
        if not name.startswith("__") and self._is_module(package, name):
            return import_module(f"{package.__name__}.{name}")
        if not self._begun:
            found = self._gathered().get(name)
            if found is not None:
                value = getattr(import_module(found[0], package.__name__), found[1])
                return package.__dict__.setdefault(name, value)
            self._run(package)
        try:
            return package.__dict__[name]
        except KeyError:
            pass
        if "__getattr__" in package.__dict__:  # the package's own (PEP 562)
            return package.__dict__["__getattr__"](name)
        raise AttributeError(f"module {package.__name__!r} has no attribute {name!r}")

    def _is_module(self, package: ModuleType, name: str) -> bool:
        return PathFinder.find_spec(f"{package.__name__}.{name}", package.__path__) is not None

    def _gathered(self) -> Mapping[str, tuple[str, str]]:
        """The names that `__init__` takes from its own modules: module and name there."""
        if self._names is None:
            names: dict[str, tuple[str, str]] = {}
            for module, bracketed, plain in _GATHERED.findall(_source(self._spec)):
                for item in re.sub(r"#.*", "", bracketed or plain).split(","):
                    if (found := _ITEM.fullmatch(item.strip())) is not None:
                        names[found[2] or found[1]] = (module, found[1])
            self._names = names
        return self._names

    def _run(self, package: ModuleType) -> None:
        with self._lock:
            if not self._begun and self._spec.loader is not None:
                self._begun = True  # what it imports may look back at it, as at any package that is running
                self._spec.loader.exec_module(package)


def lazily(packages: Sequence[str]) -> None:
    """Have these packages run late, each named after the one it lies in.

    Those that are loaded already stay as they are; those that do not exist are passed over.
    """
    for name in packages:
        parent, _, own = name.rpartition(".")
        if name in sys.modules or (parent and parent not in sys.modules):
            continue
        above = sys.modules.get(parent)
        spec = PathFinder.find_spec(name, None if above is None else above.__path__)
        if spec is None or not spec.has_location or spec.submodule_search_locations is None:
            continue
        package = _LazyPackage(name)
        package.__dict__.update(module_from_spec(spec).__dict__)
        package.lazy_init = _Init(spec)
        placed = sys.modules.setdefault(name, package)
        if above is not None:
            setattr(above, own, placed)


def load_lazily(packages: Sequence[str], modules: Sequence[str]) -> None:
    """Import these modules, and of the packages around them no more than they need."""
    lazily(packages)
    for name in modules:
        import_module(name)


def _source(spec: ModuleSpec) -> str:
    """The text of `__init__`; empty where there is none to read: then the whole of it is run at once."""
    read = getattr(spec.loader, "get_source", None)
    try:
        return (read(spec.name) if read is not None else None) or ""
    except (ImportError, OSError, SyntaxError, UnicodeError):
        return ""
