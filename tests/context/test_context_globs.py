"""Globs: what fits, what is refused, and agreement with pathlib where both know the pattern."""

from pathlib import PurePosixPath

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from copilot.context.globs import GlobError, check, expand, is_plain, matches

FITS = [
    ("*.py", "a.py"),
    ("**/*.py", "a.py"),
    ("**/*.py", "x/y/a.py"),
    ("src/**", "src/a"),
    ("src/**", "src/x/a"),
    ("src/**/a.py", "src/a.py"),
    ("src/**/a.py", "src/x/y/a.py"),
    ("src", "src/x/a.py"),
    ("src/", "src/x/a.py"),
    ("./src/*.py", "src/a.py"),
    ("*.{py,toml}", "a.toml"),
    ("{src,tests}/**/*.{py,pyi}", "tests/x/a.pyi"),
    ("a{,b}c", "ac"),
    ("a{,b}c", "abc"),
    ("{a,{b,c}}", "c"),
    ("a?c", "abc"),
    ("[a-c].py", "b.py"),
    ("[!a-c].py", "d.py"),
    ("[]].py", "].py"),
    ("a[.py", "a[.py"),
    ("{a}.py", "{a}.py"),
    ("a{b,c", "a{b,c"),
    ("**", "x/y"),
    ("**/**/a", "x/a"),
    ("x/**/**", "x/y/z"),
    ("a b.py", "a b.py"),
    ("a+b(1).py", "a+b(1).py"),
    ("*", "line\nbreak"),
    ("**/x/*.py", "q/x/a.py"),
    ("**/x/*.py", "x/x/x/a.py"),
    ("**/x", "q/x/y/z"),
    ("x/**/y/**/z", "x/1/y/y/2/3/z"),
    ("src/{a,b}", "src/b/deep/c"),
    ("*a*b*c", "xaybzc"),
    ("*ab", "aab"),
    ("[{]a,b}", "{a,b}"),
    ("{[{],[}],x[,]y}", "{"),
    ("{[{],[}],x[,]y}", "}"),
    ("{[{],[}],x[,]y}", "x,y"),
]
FITS_NOT = [
    ("*.py", "x/a.py"),
    ("*.py", "a.pyc"),
    ("src/**", "src"),
    ("src/*.py", "src/x/a.py"),
    ("src", "srcs/a.py"),
    ("a?c", "a/c"),
    ("[!a].py", "/.py"),
    ("a.py", "A.py"),
    ("*", "x/y"),
    ("x/*", "x/y/z"),
    ("**/x/*", "x"),
    ("**/x/y", "x/z/y"),
    ("*a*b*c", "xaybz"),
    ("a.py", "aXpy"),
    ("*.{py,toml}", "a.py,toml"),
]


@pytest.mark.parametrize(("pattern", "path"), FITS)
def test_fits(pattern: str, path: str) -> None:
    check(pattern)
    assert matches(pattern, path)


@pytest.mark.parametrize(("pattern", "path"), FITS_NOT)
def test_does_not_fit(pattern: str, path: str) -> None:
    assert not matches(pattern, path)


@pytest.mark.parametrize(
    "pattern",
    ["", " ", "/etc/*", "../x", "a/../../x", "~/x", "C:/x", "c:x", "\\\\srv\\x", "..\\x", "{a,b}" * 11],
)
def test_refused(pattern: str) -> None:
    with pytest.raises(GlobError):
        check(pattern)


def test_braces_multiply_in_order() -> None:
    assert expand("{a,b}{c,d}") == ("ac", "ad", "bc", "bd")
    assert expand("x{a,{b,c}d}y") == ("xay", "xbdy", "xcdy")
    assert expand("plain") == ("plain",)


def test_a_plain_pattern_has_no_special_character() -> None:
    assert is_plain("src/a b.py")
    assert not is_plain("src/*.py")


names = st.text(alphabet="ab.-", min_size=1, max_size=4).filter(lambda name: name.strip("."))
parts = st.text(alphabet="ab.-*?", min_size=1, max_size=4).filter(lambda part: part.strip("."))


@given(st.lists(names, min_size=1, max_size=4), st.lists(parts | st.just("**"), min_size=1, max_size=4))
def test_it_agrees_with_pathlib(path: list[str], pattern: list[str]) -> None:
    """`PurePath.match` of old knows no `**` and matches from the right: compare part by part without it."""
    assume("**" not in "/".join(pattern))
    longer_is_fine = is_plain(pattern[-1])
    whole = (len(path) >= len(pattern) if longer_is_fine else len(path) == len(pattern)) and all(
        PurePosixPath(name).match(part) for name, part in zip(path, pattern, strict=False)
    )
    assert matches("/".join(pattern), "/".join(path)) == whole


@given(st.text(max_size=30), st.text(max_size=30))
def test_no_text_makes_it_fail(pattern: str, path: str) -> None:
    try:
        check(pattern)
    except GlobError:
        return
    assert matches(pattern, path) in (True, False)


@given(st.text(alphabet="ab/.", min_size=1, max_size=20))
def test_a_plain_path_fits_itself(path: str) -> None:
    assume(
        path == PurePosixPath(path).as_posix()
        and not path.startswith("/")
        and ".." not in path
        and path != "."
    )
    assert matches(path, path)


def test_many_stars_are_not_slow() -> None:
    assert not matches("*a" * 30 + "b", "a" * 60)
    assert not matches("**/" * 30 + "b", "a/" * 60 + "c")
