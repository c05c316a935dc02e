"""`frozen` against what `dataclasses` itself makes of the same class."""

import copy
import dataclasses
import pickle
import subprocess
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import FrozenInstanceError, asdict, dataclass, field, fields, is_dataclass, replace
from typing import Any

import pytest

from copilot.vocabulary import frozen as module
from copilot.vocabulary.frozen import frozen, is_value, mutable, names_of

frozen_by_dataclasses = dataclass(frozen=True, slots=True, kw_only=True)
our_field: Any = vars(module)["field"]
our_replace: Any = vars(module)["replace"]


class Point:
    """A point."""

    x: int
    y: int = 2
    names: tuple[str, ...] = ()
    seen: dict[str, int] = field(default_factory=dict[str, int])
    note: str = field(default="", compare=False, repr=False)
    made: int = field(default=7, init=False)


Ours: Any = frozen(type("Point", (), dict(vars(Point))))
Theirs: Any = frozen_by_dataclasses(type("Point", (), dict(vars(Point))))


@frozen
class Base:
    """What others begin with."""

    at: float


@frozen
class Longer(Base):
    """Adds a field before its own."""

    text: str = ""


@frozen(kw_only=False)
class Pair:
    """Two by position, checked."""

    left: int
    right: int = 0

    def __post_init__(self) -> None:
        if self.left < 0:
            raise ValueError("negative")


@frozen
class Nothing:
    """Has no fields."""


@frozen
class Named(Mapping[str, int]):
    """A mapping with an equality of its own."""

    inner: dict[str, int]

    def __getitem__(self, key: str) -> int:
        return self.inner[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self.inner)

    def __len__(self) -> int:
        return len(self.inner)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Named) and self.inner == other.inner


class Child(Pair):
    """Not decorated: a plain class below a value, with a beginning of its own."""

    def __init__(self, left: int) -> None:
        super().__init__(left, right=left)


def told(made: Any) -> tuple[object, ...]:
    return repr(made).rpartition(".")[2], asdict(made), [one.name for one in fields(made)]


@pytest.mark.parametrize(
    "given", [{"x": 1}, {"x": 1, "y": 5, "names": ("a",), "seen": {"b": 1}, "note": "n"}, {"x": None}]
)
def test_makes_what_dataclasses_makes(given: dict[str, Any]) -> None:
    ours: Any = frozen(type("Point", (), dict(vars(Point))))
    theirs = Theirs(**given)
    for made in (ours(**given), ours(**given), ours(**given)):  # by hand, compiling, compiled
        assert told(made) == told(theirs)
    ours = Ours(**given)
    assert ours == Ours(**given)
    assert (ours == replace(ours, note="other"), ours == replace(ours, x=9)) == (True, False)
    assert ours != theirs
    assert Ours.__match_args__ == Theirs.__match_args__ == ()
    assert not hasattr(ours, "__dict__")
    assert is_dataclass(Ours)


@pytest.mark.parametrize("kind", [frozen, frozen_by_dataclasses])
@pytest.mark.parametrize("given", [((), {}), ((1,), {}), ((), {"x": 1, "z": 2}), ((), {"x": 1, "made": 2})])
def test_refuses_the_same_arguments(kind: Any, given: tuple[tuple[Any, ...], dict[str, Any]]) -> None:
    made: Any = kind(type("Point", (), dict(vars(Point))))
    for _ in range(3):  # by hand, compiling, compiled
        with pytest.raises(TypeError, match="__init__"):
            made(*given[0], **given[1])


def test_each_instance_has_a_default_of_its_own() -> None:
    assert Ours(x=1).seen is not Ours(x=1).seen


def test_nothing_of_it_can_be_set_or_deleted() -> None:
    made = Longer(at=1.0)
    with pytest.raises(FrozenInstanceError):
        made.at = 2.0  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError):
        del made.at
    with pytest.raises(FrozenInstanceError):
        made.other = 2.0  # type: ignore[attr-defined]
    assert made == Longer(at=1.0)


def test_a_longer_value_is_another_kind() -> None:
    assert Longer(at=1.0) != Base(at=1.0)
    assert {Longer(at=1.0), Base(at=1.0), Base(at=1.0)} == {Longer(at=1.0), Base(at=1.0)}
    assert repr(Longer(at=1.0, text="a")) == "Longer(at=1.0, text='a')"


def test_threads_may_make_the_first_instances_together() -> None:
    for _ in range(200):
        kind: Any = frozen(type("Point", (), dict(vars(Point))))
        with ThreadPoolExecutor(8) as threads:
            made = list(threads.map(lambda number, kind=kind: kind(x=number), range(16)))
        assert [one.x for one in made] == list(range(16))
        assert made == [kind(x=number) for number in range(16)]


def test_copies_and_travels_between_processes() -> None:
    for made in (Longer(at=1.5, text="b"), Pair(1), Nothing()):
        assert pickle.loads(pickle.dumps(made)) == made
        assert copy.deepcopy(made) == made
        assert copy.copy(made) == made


def test_positions_checks_and_plain_classes_below() -> None:
    assert Pair(1, 2) == Pair(left=1, right=2)
    assert Pair.__match_args__ == ("left", "right")
    with pytest.raises(ValueError, match="negative"):
        Pair(-1)
    first, second = Child(3), Child(4)
    assert (first.left, first.right, second.right) == (3, 3, 4)


def test_a_value_without_fields() -> None:
    assert Nothing() == Nothing()
    assert len({Nothing(), Nothing()}) == 1


def test_a_class_keeps_the_equality_it_defines() -> None:
    assert Named(inner={"a": 1}) == Named(inner={"a": 1})
    assert Named(inner={"a": 1}) != Named(inner={})


@mutable
class Count:
    """May be changed."""

    name: str
    number: int = 0
    seen: list[str] = our_field(default_factory=list, repr=False)
    left: int = our_field(default=3, init=False, compare=False)


@mutable(kw_only=True)
class Widened(Count):
    """With one more, by name."""

    more: str = our_field(default="m")


def test_a_mutable_one_may_be_changed_and_is_no_key() -> None:
    for made in (Count("a"), Count("a", 0), Count(name="a")):
        made.number += 1
        made.left = 9
        assert repr(made) == "Count(name='a', number=1, left=9)"
        assert (made == Count("a", 1), made == Count("a")) == (True, False)
        with pytest.raises(TypeError, match="unhashable"):
            hash(made)
        with pytest.raises(AttributeError):
            made.other = 1  # type: ignore[attr-defined]
    assert Count("a").seen is not Count("a").seen
    assert pickle.loads(pickle.dumps(Count("b", 2))) == Count("b", 2)


def test_fields_are_those_that_dataclasses_would_make() -> None:
    plain = dataclass(slots=True)(
        type(
            "Count",
            (),
            {
                "__annotations__": {"name": str, "number": int, "seen": list[str], "left": int},
                "number": 0,
                "seen": field(default_factory=list[str], repr=False),
                "left": field(default=3, init=False, compare=False),
            },
        )
    )
    assert [_told(one) for one in fields(Count)] == [_told(one) for one in fields(plain)]
    assert names_of(Count) == names_of(Count("a")) == ("name", "number", "seen", "left")
    assert Count.__match_args__ == plain.__match_args__ == ("name", "number", "seen")
    assert (is_value(Count), is_value(Count("a")), is_value(plain), is_value(1)) == (True, True, False, False)
    assert (replace(Count("a"), number=5).number, our_replace(Count("a"), number=5).number) == (5, 5)
    assert asdict(Count("a")) == {"name": "a", "number": 0, "seen": [], "left": 3}
    assert [one.name for one in fields(Widened)] == ["name", "number", "seen", "left", "more"]
    assert Widened("a", 2, more="x") == replace(Widened("a", 2), more="x")
    with pytest.raises(TypeError):
        Widened("a", 2, [], "x")  # type: ignore[misc]


def _told(one: Any) -> tuple[object, ...]:
    made = () if one.default_factory is dataclasses.MISSING else one.default_factory()
    return one.name, one.default, made, one.init, one.repr, one.compare, one.kw_only


def test_a_default_that_could_change_is_refused() -> None:
    for given in ([], {}, set[str]()):
        with pytest.raises(ValueError, match="mutable default"):
            frozen(type("Wrong", (), {"__annotations__": {"a": list}, "a": given}))
    with pytest.raises(ValueError, match="both"):
        our_field(default=1, default_factory=int)


def test_values_are_defined_without_dataclasses() -> None:
    code = "import sys, copilot.vocabulary.values as v; v.Project(name='a', base_dir='b') == v.Limits();"
    code += "print('dataclasses' in sys.modules, 'inspect' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False False\n"
