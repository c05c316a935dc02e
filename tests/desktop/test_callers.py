"""Many pieces of news at once are few notifications, and none is lost."""

import threading

from copilot.desktop.callers import Caller, together
from copilot.desktop.notifying import Told


def test_what_comes_while_one_is_told_is_told_as_one() -> None:
    told: list[Told] = []
    first, go_on, all_told = threading.Event(), threading.Event(), threading.Event()

    def notify(news: Told) -> None:
        told.append(news)
        first.set()
        go_on.wait(10)
        if len(told) == 2:
            all_told.set()

    caller = Caller(notify, pause=0.0)
    caller.tell(Told("shop: the answer is there", "On main"))
    assert first.wait(10)
    for number in range(200):
        caller.tell(Told("shop: the answer is there", f"On idea {number}"))
    caller.tell(Told("shop: your approval is needed", "run_shell on main", urgent=True))
    go_on.set()
    assert all_told.wait(10)
    assert told == [
        Told("shop: the answer is there", "On main"),
        Told(
            "201 pieces of news",
            "shop: your approval is needed. run_shell on main\nshop: the answer is there. On idea 0\n"
            "shop: the answer is there. On idea 1\nand 198 more",
            urgent=True,
        ),
    ]


def test_later_news_is_told_too_and_no_thread_stays() -> None:
    told: list[Told] = []
    heard = threading.Semaphore(0)
    before = threading.active_count()

    def notify(news: Told) -> None:
        told.append(news)
        heard.release()

    caller = Caller(notify, pause=0.0)
    for number in range(3):
        caller.tell(Told("shop", str(number)))
        assert heard.acquire(timeout=10)
        for thread in threading.enumerate():
            if thread.name == "notifying":
                thread.join(10)
    assert [one.words for one in told] == ["0", "1", "2"]
    assert threading.active_count() == before


def test_two_of_a_kind_say_so_once() -> None:
    news = [Told("shop: the answer is there", "On main"), Told("shop: the answer is there", "On idea")]
    assert together(news) == Told("shop: the answer is there (2)", "On main\nOn idea")
