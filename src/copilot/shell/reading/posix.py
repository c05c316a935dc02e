"""Reading a script for bash or another POSIX shell: the tree is walked, commands are judged.

Each simple command and each pipeline is a statement; lists, branches, loops and functions fall apart into
theirs. Whatever kind of node is not known here makes its statement unknown.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from copilot.shell.reading.constants import constants
from copilot.shell.reading.found import Found, Word, short
from copilot.shell.reading.interpreters import reads_input
from copilot.shell.reading.judge import Inside, is_known, judge, loose_paths
from copilot.shell.reading.names import names
from copilot.shell.reading.nodes import below, fed_text, plain_leaf, printed
from copilot.shell.reading.paths import Ground, moved
from copilot.shell.reading.tree_reader import Kept, TreeReader, lines_of, shadowed
from copilot.shell.reading.words import Words, hides_command, split
from copilot.shell.reading.wrappers import dangerous
from copilot.vocabulary.readings import Statement

if TYPE_CHECKING:
    from tree_sitter import Node

_GROUPS = names("""
    program list if_statement elif_clause else_clause for_statement c_style_for_statement
    while_statement case_statement case_item do_group compound_statement subshell function_definition
    """)
_CONDITIONAL = _GROUPS - {"program", "compound_statement", "subshell", "list"}
_EXPRESSIONS = names("""
    word number string raw_string ansi_c_string translated_string concatenation simple_expansion
    expansion variable_name special_variable_name array subscript binary_expression unary_expression
    postfix_expression ternary_expression parenthesized_expression arithmetic_expansion extglob_pattern
    regex test_operator string_content brace_expression file_descriptor heredoc_start heredoc_end
    heredoc_content heredoc_body command_name comment
    """)
_SUBSTITUTIONS = frozenset(("command_substitution", "process_substitution"))
_READ_TWICE = names("""
    test [ declare typeset local export readonly read printf unset let mapfile getopts set wait compgen
    """)
"""Builtins that evaluate subscripts in their words, by which quoted text can run (bash manual, Arrays)."""
_SHELL_CHANGES = frozenset(("eval", "source", "."))
_MOST_DEPTH = 120


class PosixReader(TreeReader):
    """One reading of one text."""

    def __init__(self, source: bytes, ground: Ground, cwd: str | None, inside: Inside, before: Kept) -> None:
        super().__init__("bash", source, ground, cwd, inside, before)
        self._constants = constants(self._root, source)
        self._words = Words(source, self._variables)
        self._own: Mapping[str, Callable[[Node, Found, int], None]] = {
            "pipeline": self._pipeline,
            "variable_assignment": self._assignment,
            "variable_assignments": self._assignment,
            "declaration_command": self._builtin,
            "unset_command": self._builtin,
            "test_command": self._builtin,
        }

    def into(self, found: Found) -> None:
        """All statements into one."""
        for node in self._root.children:
            self._effects(node, found, 0)
        if self._root.has_error:
            found.unknown("A script within it does not parse.")

    def _split(self, node: "Node", depth: int) -> Iterator[Statement]:
        if depth > _MOST_DEPTH:
            found = self._new()
            found.unknown("It is nested too deep to be read.")
            yield self._statement(node, found)
            return
        saved = self._cwd
        if node.type == "function_definition":
            self._define(node)
        header = self._new()
        for child in node.children:
            if child.type in _GROUPS:
                yield from self._split(child, depth + 1)
            elif child.type == "comment" or (
                not child.is_named and not child.is_error and not child.is_missing
            ):
                continue
            elif child.type in _EXPRESSIONS:
                if not plain_leaf(child):
                    self._look_into(child, header, depth)
            elif child.type == "redirected_statement" and child.children[0].type == "list":
                yield from self._redirected_list(child, depth)
            else:
                yield self._once(child, lambda found, one=child: self._effects(one, found, depth))
        if header.effects or header.why:
            yield self._statement(node, header, first_line_only=True)
        if node.type == "subshell" or (node.type == "function_definition"):
            self._cwd = saved
        elif node.type in _CONDITIONAL and self._cwd != saved:
            self._cwd = None

    def _redirected_list(self, node: "Node", depth: int) -> Iterator[Statement]:
        """A list whose last command is redirected: the tree hangs the redirection on the whole."""
        todo: list[Node] = [node.children[0]]
        parts: list[Node] = []
        while todo:
            one = todo.pop()
            if one.type == "list":
                todo.extend(one.children)
            elif one.is_named or one.is_error or one.is_missing:
                parts.append(one)
        for part in reversed(parts):
            found = self._new()
            if part is parts[0]:
                for child in node.children[1:]:
                    self._effects(child, found, depth + 1)
                self._effects(part, found, depth + 1, self._fed_by(node))
            else:
                self._effects(part, found, depth + 1)
            yield self._statement(part, found)

    def _fed_by(self, node: "Node") -> Word | None:
        bodies = (fed_text(child, self._words) for child in node.children if child.type.endswith("_redirect"))
        return next((body for body in bodies if body is not None), None)

    def _statement(self, node: "Node", found: Found, *, first_line_only: bool = False) -> Statement:
        first, last = lines_of(node)
        text = self.text(node)
        if first_line_only:
            return found.statement(text.split("\n")[0], first, first)
        return found.statement(text, first, last)

    def _effects(self, node: "Node", found: Found, depth: int, fed: Word | None = None) -> None:
        if depth > _MOST_DEPTH:
            found.unknown("It is nested too deep to be read.")
            return
        found.cwd = self._cwd
        kind = node.type
        if node.is_error or node.is_missing:
            found.unknown(f"It does not parse at line {node.start_point[0] + 1}.")
            self._each(node, found, depth)
        elif kind in ("command", "redirected_statement"):
            (self._command if kind == "command" else self._redirected)(node, found, depth, fed)
        elif kind in _GROUPS or kind in _SUBSTITUTIONS or kind == "negated_command":
            self._group(node, found, depth)
        elif kind in _EXPRESSIONS:
            self._look_into(node, found, depth)
        elif kind.endswith("_redirect"):
            self._redirect(node, found, depth)
        elif (own := self._own.get(kind)) is not None:
            own(node, found, depth)
        elif node.is_named:
            found.unknown(f"A part of it is not understood: {short(self.text(node))}.")
            self._each(node, found, depth)

    def _group(self, node: "Node", found: Found, depth: int) -> None:
        if node.type == "function_definition":
            self._define(node)
            return
        saved = self._cwd
        self._each(node, found, depth)
        if node.type == "subshell" or node.type in _SUBSTITUTIONS:
            self._cwd = saved
        elif node.type in _CONDITIONAL and self._cwd != saved:
            self._cwd = None

    def _each(self, node: "Node", found: Found, depth: int) -> None:
        for child in node.children:
            self._effects(child, found, depth + 1)

    def _look_into(self, node: "Node", found: Found, depth: int) -> None:
        """The commands that stand in an expression."""
        todo = [node]
        while todo:
            one = todo.pop()
            if one.type in _SUBSTITUTIONS:
                self._effects(one, found, depth + 1)
            elif one.is_error or one.is_missing:
                found.unknown(f"It does not parse at line {one.start_point[0] + 1}.")
                todo.extend(one.children)
            else:
                if one.type == "subscript" or one.type == "arithmetic_expansion":
                    self._arithmetic(one, found)
                todo.extend(reversed(one.children))

    def _arithmetic(self, node: "Node", found: Found) -> None:
        named = [c for c in below(node) if c.type in ("variable_name", "word")]
        for name in (self.text(one) for one in named):
            if hides_command(self._variables.get(name, "")):
                found.unknown(f"The value of {name} is computed with, and it holds a command.")

    def _command(self, node: "Node", found: Found, depth: int, fed: Word | None) -> None:
        words: list[Word] = []
        for child in node.children:
            if child.type == "variable_assignment":
                name = self.text(child).split("=")[0].rstrip("+")
                if dangerous(name):
                    found.unknown(f"{name} decides what this command runs or reaches.")
                self._look_into(child, found, depth)
            elif child.type.endswith("_redirect"):
                self._redirect(child, found, depth)
                fed = fed_text(child, self._words) or fed
            elif child.is_named or child.type not in (";", "&", "\n"):
                if not plain_leaf(child):
                    self._look_into(child, found, depth)
                quoted = (
                    child.children[0].type if child.type == "command_name" and child.children else child.type
                )
                words.extend(split(self._words.word(child), quoted))
        if not words:
            return
        self._run(words, found, depth, fed)

    def _run(self, words: list[Word], found: Found, depth: int, fed: Word | None) -> None:
        name = words[0].text
        if words[0].constant and name in self._aliases and name not in self._calling:
            found.why.setdefault(f"{name} is an alias of {short(self._aliases[name])}.")
            shadowed(name, found, known=is_known(name))
            head = [Word(part) for part in self._aliases[name].split()]
            if head:  # bash expands no alias in a script, sh does: both are read
                judge([*head, *words[1:]], found, self._inside, fed)
        if words[0].constant and name in self._functions:
            self._call(name, self._functions[name].children[1:], found, depth)
            loose_paths(words[1:], found)
            if any(hides_command(word.text) and "[" in word.text for word in words[1:]):
                found.unknown("A subscript in it holds a command, which the shell runs.")
            if not is_known(name):
                return
            shadowed(name, found, known=True)
        if any(mark in name for mark in "{}") and name not in ("{", "}"):
            found.unknown(f"The shell makes several words of {short(name)} before it runs them.")
        if name in _READ_TWICE and any("[" in w.text and hides_command(w.text) for w in words[1:]):
            found.unknown("A subscript in it holds a command, which the shell runs.")
        if name in _READ_TWICE and any(dangerous(w.text.split("=")[0]) for w in words[1:]):
            found.unknown("It sets a variable that decides what later commands run or reach.")
        judge(words, found, self._inside, fed)
        self._after(name, words[1:], found)

    def _after(self, name: str, words: Sequence[Word], found: Found) -> None:
        """What stays changed in the shell."""
        if name in ("cd", "pushd"):
            target = next((word for word in words if word.text[:1] != "-"), None)
            known = target is not None and target.constant
            self._cwd = moved(self._ground, self._cwd, target.text) if target is not None and known else None
        elif name == "popd":
            self._cwd = None
        elif name in _SHELL_CHANGES:
            self._unset_all()
            self._cwd = None
        elif name == "alias":
            for word in words:
                key, equals, value = word.text.partition("=")
                if equals and word.constant:
                    self._alias(key, value)
                    found.why.setdefault(f"From here on {short(key)} means {short(value)}.")

    def _define(self, node: "Node") -> None:
        name = next((child for child in node.children if child.type == "word"), None)
        if name is not None:
            self._defined(self.text(name), node)

    def _pipeline(self, node: "Node", found: Found, depth: int) -> None:
        saved = self._cwd
        fed: Word | None = None
        for child in node.children:
            if not child.is_named:
                continue
            part = Found(self._ground, self._cwd)
            self._effects(child, part, depth + 1, fed)
            runs = fed is not None and not fed.constant and any(reads_input(name) for name in part.commands)
            if runs and "network" in found.effects:
                part.unknown("What comes from the network is run, whatever it is.")
            if fed is not None and not fed.constant and "network" in part.effects:
                part.unknown("What comes through its input may go out over the network.")
            found.take(part)
            fed = printed(child, self._words)
            self._cwd = saved

    def _redirected(self, node: "Node", found: Found, depth: int, fed: Word | None) -> None:
        bodies = [child for child in node.children if not child.type.endswith("_redirect")]
        for child in node.children:
            if child.type.endswith("_redirect"):
                self._redirect(child, found, depth)
                fed = fed_text(child, self._words) or fed
        for child in bodies:
            if child.is_named or child.is_error:
                self._effects(child, found, depth + 1, fed)

    def _redirect(self, node: "Node", found: Found, depth: int) -> None:
        if node.type != "file_redirect":
            for child in node.children:
                if child.type == "pipeline":
                    self._heredoc_pipe(node, child, found, depth)
                else:
                    self._effects(child, found, depth + 1)
            return
        sign = next((c.type for c in node.children if not c.is_named), "")
        targets = [c for c in node.children if c.is_named and c.type != "file_descriptor"]
        for target in targets:
            word = self._words.word(target)
            self._look_into(target, found, depth)
            if target.type == "process_substitution" or (
                sign in (">&", "<&") and word.text.rstrip("-").isdigit()
            ):
                continue
            if word.text.startswith(("/dev/tcp/", "/dev/udp/")):
                found.add("network", why="It opens a connection through the shell itself.")
                continue
            found.path(word, "reads" if sign.startswith("<") and sign != "<>" else "writes")

    def _heredoc_pipe(self, node: "Node", pipe: "Node", found: Found, depth: int) -> None:
        body = fed_text(node, self._words)
        for number, child in enumerate(c for c in pipe.children if c.is_named):
            fed = body if number == 0 and body is not None else Word("", constant=False)
            self._effects(child, found, depth + 1, fed)

    def _assignment(self, node: "Node", found: Found, depth: int) -> None:
        for one in [node] if node.type == "variable_assignment" else node.children:
            if one.type != "variable_assignment" or not one.children:
                continue
            target = self.text(one.children[0])
            name = target.split("[")[0]
            value = one.children[-1]
            self._look_into(one, found, depth)
            word = self._words.word(value) if value.type not in ("array", "=", "+=") else Word("")
            if dangerous(name):
                found.unknown(f"{name} decides what later commands run or reach.")
            if "[" in target and hides_command(target):
                found.unknown("A subscript in it holds a command, which the shell runs.")
            if word.constant and hides_command(word.text):
                found.unknown(f"The value of {short(name)} holds a command that may be run later.")
            if name in self._constants and word.constant and value.type not in ("array",):
                self._set(name, word.text)
            else:
                self._unset(name)

    def _builtin(self, node: "Node", found: Found, depth: int) -> None:
        for child in node.children:
            if child.type == "variable_assignment":
                self._assignment(child, found, depth)
                continue
            if not child.is_named:
                continue
            self._look_into(child, found, depth)
            for one in (child, *below(child)):
                if one.type in ("string", "raw_string", "word", "ansi_c_string", "concatenation"):
                    word = self._words.word(one)
                    if hides_command(word.text) and ("[" in word.text or "=(" in word.text):
                        found.unknown("A subscript in it holds a command, which the shell runs.")
            if node.type == "test_command":
                found.add("reads")
