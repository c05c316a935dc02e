"""Token factors outlive the program, and no state of their file ends a turn."""

import json
import os
import threading
from pathlib import Path

import pytest

from copilot.assembly.calibration import Calibrator
from copilot.tokens.estimator import wordpieces
from copilot.vocabulary.values import ModelChoice

MODEL = ModelChoice(provider="openai", model="gpt-6")
TEXT = "def add(a: int, b: int) -> int:\n    return a + b\n" * 100


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "tokens.json"


def test_what_was_learnt_is_there_after_a_restart(path: Path) -> None:
    first = Calibrator(path)
    assert first.estimate(TEXT, MODEL) == first.pieces_to_tokens(wordpieces(TEXT), MODEL)
    first.learn(MODEL, 10_000, 20_000)
    assert first.pieces_to_tokens(10_000, MODEL) == pytest.approx(12_000, abs=1)
    assert Calibrator(path).pieces_to_tokens(10_000, MODEL) == pytest.approx(12_000, abs=1)
    assert json.loads(path.read_bytes()) == {"format": 1, "factors": {"openai/gpt-6": 1.2}}


def test_an_estimate_teaches_as_its_wordpieces_do(path: Path) -> None:
    by_pieces, by_estimate = Calibrator(path), Calibrator(path.with_name("other.json"))
    for _ in range(3):
        by_pieces.learn(MODEL, 10_000, 20_000)
        by_estimate.learn_from_estimate(MODEL, by_estimate.pieces_to_tokens(10_000, MODEL), 20_000)
    learnt = by_pieces.pieces_to_tokens(10_000, MODEL)
    assert by_estimate.pieces_to_tokens(10_000, MODEL) == pytest.approx(learnt, abs=2)


def test_a_small_move_is_not_written_but_many_are(path: Path) -> None:
    calibrator = Calibrator(path)
    calibrator.learn(MODEL, 10_000, 10_200)  # 0.4 %
    assert not path.exists()
    for _ in range(20):
        calibrator.learn(MODEL, 10_000, 10_200)
    assert json.loads(path.read_bytes())["factors"]["openai/gpt-6"] > 1.01


def test_the_rehearsal_teaches_nothing(path: Path) -> None:
    rehearsal = ModelChoice(provider="rehearsal", model="rehearsal")
    calibrator = Calibrator(path)
    calibrator.learn(rehearsal, 10_000, 20_000)
    assert calibrator.pieces_to_tokens(10_000, rehearsal) == 10_000
    assert not path.exists()


@pytest.mark.parametrize(
    "data",
    [b"", b"{", b"\xff\xfe", b"[]", b"3", b'{"format": 2, "factors": {}}', b'{"format": 1}', b"[" * 100_000],
)
def test_a_broken_file_is_set_aside_and_learning_goes_on(path: Path, data: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(data)
    calibrator = Calibrator(path)
    assert path.with_name("tokens.json.broken-1").read_bytes() == data
    calibrator.learn(MODEL, 10_000, 20_000)
    assert Calibrator(path).pieces_to_tokens(10_000, MODEL) == pytest.approx(12_000, abs=1)


def test_factors_that_cannot_be_true_are_left_out(path: Path) -> None:
    path.parent.mkdir()
    path.write_text(
        '{"format": 1, "factors": {"openai/gpt-6": NaN, "openai/b": 1e9, "openai/c": "1", "openai/e": 1'
        + "0" * 400
        + ', "openai/d": 1.5}}'
    )
    calibrator = Calibrator(path)
    told = {
        name: calibrator.pieces_to_tokens(10, ModelChoice(provider="openai", model=name))
        for name in ("gpt-6", "b", "c", "d", "e")
    }
    assert told == {"gpt-6": 10, "b": 10, "c": 10, "d": 15, "e": 10}


def test_where_nothing_can_be_written_it_learns_all_the_same(path: Path) -> None:
    path.parent.write_bytes(b"a file where the folder should be")
    calibrator = Calibrator(path)
    calibrator.learn(MODEL, 10_000, 20_000)
    assert calibrator.pieces_to_tokens(10_000, MODEL) == pytest.approx(12_000, abs=1)


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps no such bits")
def test_the_file_is_the_persons_own(path: Path) -> None:
    Calibrator(path).learn(MODEL, 10_000, 20_000)
    assert path.stat().st_mode & 0o777 == 0o600


def test_models_of_any_name_learn_at_once_in_threads(path: Path) -> None:
    calibrator = Calibrator(path)
    models = [ModelChoice(provider="compatible", model=f"m/{n} \ud800é") for n in range(8)]
    threads = [threading.Thread(target=calibrator.learn, args=(model, 10_000, 20_000)) for model in models]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    again = Calibrator(path)
    assert [again.pieces_to_tokens(10_000, model) for model in models] == pytest.approx([12_000] * 8, abs=1)
