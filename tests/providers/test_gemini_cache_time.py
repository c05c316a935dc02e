"""A cache over hours, and what fails between two requests, with a small service that the test holds."""

from collections.abc import Generator
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from copilot.providers.base import Chunk, Done, NoticeChunk, Place
from copilot.providers.gemini_cache import AGAIN_SECONDS, TTL_SECONDS, Fixed, GeminiCaches
from copilot.providers.parts import Json
from copilot.vocabulary.values import Usage

FIXED = Fixed("gemini-rehearsed", {"system_instruction": "S" * 4000})


class RefusedError(Exception):
    """The service's answer to one call."""


@dataclass
class Service:
    """Caches by name, with their ends; `failing` says which calls fail and how."""

    now: float = 1_800_000_000.0
    caches: dict[str, float] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)
    failing: dict[str, Exception] = field(default_factory=dict)

    def _said(self, word: str) -> None:
        self.said.append(word)
        if word.split()[0] in self.failing:
            raise self.failing[word.split()[0]]

    def create(self, *, model: str, config: Json) -> Any:
        self._said("create")
        name = f"c{self.said.count('create')}"
        self.caches[name] = self.now + float(str(config["ttl"]).rstrip("s"))
        return SimpleNamespace(name=name, usage_metadata=SimpleNamespace(total_token_count=1000))

    def update(self, *, name: str, config: Json) -> None:
        self._said(f"update {name}")
        self.caches[name] = self.now + float(str(config["ttl"]).rstrip("s"))

    def delete(self, *, name: str) -> None:
        self._said(f"delete {name}")
        del self.caches[name]

    def list(self) -> tuple[Any, ...]:
        self._said("list")
        return ()


def refusal(error: Exception) -> tuple[int, str] | None:
    return (int(str(error)), "no") if isinstance(error, RefusedError) else None


@pytest.fixture
def service() -> Service:
    return Service()


@pytest.fixture
def caches(service: Service, tmp_path: Path) -> GeminiCaches:
    made = GeminiCaches(Place(state=tmp_path, project="p"), "http://x", refusal, lambda: service.now)
    made.calls = service
    return made


def ask(caches: GeminiCaches) -> tuple[str, tuple[NoticeChunk, ...]]:
    """One request that is answered: the cache it named, and what the person was told."""
    named: list[str] = []

    def answer(config: Json) -> Generator[Chunk]:
        named.append(str(config.get("cached_content", "")))
        yield Done(parts=(), stop="end", detail="", usage=Usage(input_tokens=1500))

    chunks = list(caches.chunks(FIXED, {}, answer))
    if caches._upkeep is not None:
        caches._upkeep.wait()
    return named[-1], tuple(chunk for chunk in chunks if isinstance(chunk, NoticeChunk))


def test_a_cache_in_use_is_renewed_in_its_last_third(service: Service, caches: GeminiCaches) -> None:
    def run() -> list[str]:
        named = [ask(caches)[0] for _ in range(3)]
        for _ in range(20):
            service.now += TTL_SECONDS / 4
            named.append(ask(caches)[0])
        caches.close()
        return named

    named = run()
    assert named == ["", "", *["c1"] * 21]
    # A quarter, half, three quarters: then it is renewed.
    assert service.said == ["create", *["update c1"] * 6, "delete c1"]
    assert service.caches == {}


def test_a_cache_that_was_not_used_in_time_is_made_anew(service: Service, caches: GeminiCaches) -> None:
    def run() -> list[tuple[str, tuple[NoticeChunk, ...]]]:
        for _ in range(3):
            ask(caches)
        service.now += TTL_SECONDS
        told = [ask(caches), ask(caches)]
        caches.close()
        return told

    assert run() == [("", ()), ("c2", ())]
    assert service.said == ["create", "delete c1", "create", "delete c2"]


@pytest.mark.parametrize("status", [403, 404])
def test_a_cache_that_is_gone_when_it_is_renewed(service: Service, caches: GeminiCaches, status: int) -> None:
    def run() -> list[str]:
        for _ in range(3):
            ask(caches)
        service.now += TTL_SECONDS * 0.8
        service.failing = {"update": RefusedError(str(status))}
        named = [ask(caches)[0] for _ in range(3)]
        caches.close()
        return named

    assert run() == ["c1", "", "c2"]


def test_a_cache_that_cannot_be_renewed_serves_to_its_end(service: Service, caches: GeminiCaches) -> None:
    def run() -> list[tuple[str, int]]:
        for _ in range(3):
            ask(caches)
        service.now += TTL_SECONDS * 0.8
        service.failing = {"update": RefusedError("503")}
        told = [ask(caches) for _ in range(4)]
        caches.close()
        return [(name, len(notices)) for name, notices in told]

    assert run() == [("c1", 0), ("c1", 1), ("c1", 0), ("c1", 0)]


def test_what_failed_is_tried_again_after_a_while(service: Service, caches: GeminiCaches) -> None:
    def run() -> list[str]:
        service.failing = {"create": ConnectionError("gone")}
        named = [ask(caches)[0] for _ in range(4)]
        service.failing = {}
        service.now += AGAIN_SECONDS + 1
        named += [ask(caches)[0] for _ in range(2)]
        caches.close()
        return named

    assert run() == ["", "", "", "", "", "c2"]
    assert service.said == ["create", "create", "list", "delete c2"]


def test_a_home_that_cannot_be_written_is_not_tried_before_each_request(
    service: Service, caches: GeminiCaches, tmp_path: Path
) -> None:
    def run() -> list[str]:
        (tmp_path / "locks").touch()
        named = [ask(caches)[0] for _ in range(2)]
        (tmp_path / "locks").unlink()
        named += [ask(caches)[0] for _ in range(2)]
        service.now += AGAIN_SECONDS + 1
        named += [ask(caches)[0] for _ in range(2)]
        caches.close()
        return named

    assert run() == ["", "", "", "", "", "c1"]


def test_what_cannot_be_deleted_is_left_to_the_next_session(
    service: Service, caches: GeminiCaches, tmp_path: Path
) -> None:
    def run() -> None:
        for _ in range(3):
            ask(caches)
        service.failing = {"delete": RefusedError("500")}
        caches.close()
        service.failing = {}
        later = GeminiCaches(Place(state=tmp_path, project="p"), "http://x", refusal, lambda: service.now)
        later.calls = service
        ask(later)
        ask(later)
        later.close()

    run()
    assert service.said == ["create", "delete c1", "list", "delete c1", "create", "delete c2"]
    assert service.caches == {}


def test_a_service_that_never_lets_a_cache_be_used_is_not_paid_for_more(
    service: Service, caches: GeminiCaches
) -> None:
    """Made, refused, made once more, refused: then no more for a while."""

    def answer(config: Json) -> Generator[Chunk]:
        if "cached_content" in config:
            raise RefusedError("400")
        yield Done(parts=(), stop="end", detail="", usage=Usage(input_tokens=1500))

    def run() -> int:
        told = 0
        for _ in range(12):
            told += sum([isinstance(chunk, NoticeChunk) for chunk in caches.chunks(FIXED, {}, answer)])
        caches.close()
        return told

    assert run() == 1
    assert service.said.count("create") == 2
    assert service.caches == {}
