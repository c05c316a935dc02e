"""What the names in a Python program stand for, as far as they are given once."""

import ast

from copilot.shell.reading.found import Word
from copilot.shell.reading.paths import ASIDE
from copilot.shell.reading.python_nodes import constants


class PythonNames:
    """The names of one program: what it imports them as is learned while it is read."""

    def __init__(self, tree: ast.Module) -> None:
        self.imported: dict[str, str] = {}
        self.constants = constants(tree)

    def learn(self, node: ast.Import | ast.ImportFrom) -> None:
        """Take in what it imports, and under which names."""
        origin = f"{'.' * node.level}{node.module or ''}." if isinstance(node, ast.ImportFrom) else ""
        for alias in node.names:
            name = alias.name
            if not origin and not alias.asname:
                name = name.split(".")[0]  # `import a.b` gives a name to `a` alone
            self.imported[alias.asname or name] = origin + name

    def name(self, node: ast.expr) -> str:
        """The dotted name, with the module's own name in front; empty where there is none."""
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name):
            return ""
        parts.append(self.imported.get(node.id, node.id))
        return ".".join(reversed(parts))

    def word(self, node: ast.expr) -> Word:
        """What an expression gives, as a word; one that is not constant where that is computed."""
        match node:
            case ast.Constant(value=str(text)):
                return Word(text)
            case ast.Constant(value=bytes(data)):
                return Word(data.decode("utf-8", "replace"))
            case ast.Constant(value=value):
                return Word(str(value))
            case ast.Name(id=name) if name in self.constants:
                return self.word(self.constants[name])
            case ast.Attribute() if self.name(node) == "sys.executable":
                return Word("python")
            case ast.JoinedStr(values=values):
                parts = [
                    self.word(v) if isinstance(v, ast.Constant) else Word(ASIDE, constant=False)
                    for v in values
                ]
                return Word("".join(p.text for p in parts), all(p.constant for p in parts))
            case ast.BinOp(left=left, op=ast.Add() | ast.Div(), right=right):
                one, other = self.word(left), self.word(right)
                joint = "/" if isinstance(node.op, ast.Div) else ""
                return Word(one.text + joint + other.text, one.constant and other.constant)
            case ast.Call(func=func, args=[first]) if self.name(func) in (
                "pathlib.Path",
                "os.path.expanduser",
            ):
                return self.word(first)
            case ast.Call(func=func) if self.name(func) == "pathlib.Path.home":
                return Word("~")
            case _:
                return Word(ASIDE, constant=False)
