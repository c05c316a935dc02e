"""Links between files, and who matters by them, on trees small enough to work out by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot.context.ranking.candidate import Candidate
from copilot.context.ranking.graph import definers, page_rank, references


def file(path: str, defines: str = "", imports: str = "", words: str = "") -> Candidate:
    return Candidate(
        path=path,
        pinned=False,
        mtime_ns=0,
        defines=tuple(defines.split()),
        imports=tuple(imports.split()),
        words=frozenset(words.split()),
    )


def links(*files: Candidate, mentioned: tuple[str, ...] = ()) -> list[dict[int, float]]:
    return references(files, definers(files), mentioned)


def test_an_import_links_and_a_shared_name_links_weakly() -> None:
    found = links(
        file("shop/cart.py", "Cart add", "shop.price", "Cart total"),
        file("shop/price.py", "Price total"),
        file("README.md", words="Cart the total"),
    )
    assert found == [{1: 11.0}, {}, {0: 1.0, 1: 1.0}]


def test_a_telling_name_and_a_name_that_the_message_mentions_count_ten_times() -> None:
    files = file("a.py", "load_cart lcart Cartload"), file("b.py", words="load_cart")
    assert links(*files) == [{}, {0: 10.0}]
    assert links(*files, mentioned=("load_cart",)) == [{}, {0: 100.0}]
    assert links(files[0], file("b.py", words="lcart")) == [{}, {0: 1.0}]
    assert links(files[0], file("b.py", words="Cartload")) == [{}, {0: 10.0}]


def test_a_name_that_many_files_define_links_nothing_and_one_of_few_is_shared_out() -> None:
    few = [file(f"{number}.py", "price") for number in range(5)]
    assert links(*few, file("user.py", words="price"))[-1] == dict.fromkeys(range(5), 0.2)
    many = [*few, file("5.py", "price")]
    assert links(*many, file("user.py", words="price"))[-1] == {}


def test_a_shared_name_means_the_file_that_is_imported() -> None:
    found = links(file("a.py", "price"), file("b.py", "price"), file("user.py", "", "b", "price"))
    assert found[2] == {1: 11.0}


def test_a_files_own_name_is_no_reference() -> None:
    assert links(file("a.py", "price", words="price"), file("b.py", "price")) == [{}, {}]


def test_nobody_refers_to_anybody() -> None:
    assert page_rank([{}, {}], [1.0, 1.0]) == [0.5, 0.5]
    assert page_rank([{}, {}], [3.0, 1.0]) == pytest.approx([0.75, 0.25])


def test_rank_flows_from_the_seed_along_references() -> None:
    """0 refers to 1, and 1 to 2: 0.85 of each goes on, all else begins again at the seed."""
    found = page_rank([{1: 5.0}, {2: 1.0}, {}, {2: 1.0}], [1.0, 0.0, 0.0, 0.0])
    whole = 1 + 0.85 + 0.85**2
    assert found == pytest.approx([1 / whole, 0.85 / whole, 0.85**2 / whole, 0.0], abs=1e-4)


def test_the_stronger_reference_gets_the_larger_share() -> None:
    found = page_rank([{1: 3.0, 2: 1.0}, {}, {}], [1.0, 0.0, 0.0])
    assert found[1] == pytest.approx(3 * found[2])


graphs = st.integers(1, 8).flatmap(
    lambda count: st.tuples(
        st.lists(
            st.dictionaries(st.integers(0, count - 1), st.sampled_from([0.2, 1.0, 10.0]), max_size=count),
            min_size=count,
            max_size=count,
        ),
        st.lists(st.floats(0.01, 10.0), min_size=count, max_size=count),
        st.permutations(range(count)),
    )
)


@given(graphs)
def test_rank_adds_up_to_one_and_does_not_depend_on_the_numbers_of_files(
    graph: tuple[list[dict[int, float]], list[float], list[int]],
) -> None:
    """Exactly, not nearly: each file keeps its very bits when the files are numbered otherwise."""
    found, seeds, order = graph
    rank = page_rank(found, seeds)
    assert sum(rank) == pytest.approx(1.0)
    new = {old: number for number, old in enumerate(order)}
    shuffled = [{new[target]: weight for target, weight in found[old].items()} for old in order]
    assert page_rank(shuffled, [seeds[old] for old in order]) == [rank[old] for old in order]
