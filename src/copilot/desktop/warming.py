"""What the first Markdown and the first code in it would wait for in the middle of a frame: about 0.1 s.

Loaded beside the main thread, once the window is there.
"""

LANGUAGES = ("python", "bash")
"""Whose code is met first in most discussions; the others are read when they come."""


def warm_up() -> None:
    """Load the readers of Markdown and of code, and have their patterns compiled. Any thread."""
    from markdown_it import MarkdownIt
    from pygments import lexers
    from pygments.lexer import RegexLexer

    MarkdownIt("commonmark", {"html": False}).parse("`a`")
    for language in LANGUAGES:
        found = lexers.find_lexer_class_by_name(language)
        if issubclass(found, RegexLexer):
            # An heir: a class that two threads make use of for the first time at once could be spoilt. What
            # `re` has compiled it keeps.
            type(found.__name__, (found,), {})()
