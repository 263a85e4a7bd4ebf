"""Work beside the caller's: what comes back, what is left behind, and when there is no core for it."""

from __future__ import annotations

import gc
import threading
import time
import weakref
from collections.abc import Iterator

import numpy as np
import pytest

from tryon.perception import aside as module
from tryon.perception.aside import Aside


@pytest.fixture
def aside() -> Iterator[Aside]:
    made = Aside()
    yield made
    made.close()


def busy(seconds: float) -> None:
    """Keep this thread's core so long."""
    end_s = time.thread_time() + seconds
    while time.thread_time() < end_s:
        pass


def test_work_is_done_beside_its_caller_and_its_result_comes_back(aside: Aside) -> None:
    started, go = threading.Event(), threading.Event()

    def work() -> str:
        started.set()
        go.wait(60)
        return threading.current_thread().name

    begun = aside.begin(work)
    assert started.wait(60)
    go.set()
    assert begun.result() == "tryon-aside"


def test_what_work_raises_is_raised_where_it_is_asked_for(aside: Aside) -> None:
    def work() -> None:
        raise ValueError("a broken network")

    with pytest.raises(ValueError, match="a broken network"):
        aside.begin(work).result()
    # And by nobody who does not ask.
    aside.begin(work).leave()
    assert aside.begin(lambda: 7).result() == 7


def test_left_work_is_waited_for(aside: Aside) -> None:
    done = []

    def work() -> None:
        time.sleep(0.05)
        done.append(True)

    aside.begin(work).leave()
    assert done == [True]


def test_nothing_of_a_picture_stays_in_the_thread(aside: Aside) -> None:
    picture = np.zeros((4, 4), np.uint8)
    seen = weakref.ref(picture)
    begun = aside.begin(lambda held=picture: int(held.sum()))  # type: ignore[misc]
    assert begun.result() == 0
    del picture, begun
    # The thread lets go a moment after the result is there.
    for _ in range(600):
        gc.collect()
        if seen() is None:
            break
        time.sleep(0.1)
    assert seen() is None


def kept_off(aside: Aside) -> None:
    """Work whose caller had to wait, as if others had its core."""
    begun = aside.begin(lambda: None)
    time.sleep(0.05)
    begun.result()


def test_a_caller_that_was_kept_off_its_core_goes_on_alone_for_a_while(
    aside: Aside, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "ALONE_S", (0.2, 0.2))
    kept_off(aside)
    assert not aside.free
    time.sleep(0.3)
    assert aside.free


def test_it_goes_on_alone_for_longer_each_time_in_a_row(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ALONE_S", (0.05, 2.0))
    now_s = 0.0
    aside = Aside(lambda: now_s)
    for alone_s in (0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 2.0, 2.0):
        aside.noted(shared=True)
        now_s += 0.99 * alone_s
        assert not aside.free
        now_s += 0.02 * alone_s
        assert aside.free
    aside.noted(shared=False)
    # Who had their core since is kept off it for the first time again.
    aside.noted(shared=True)
    now_s += 0.051
    assert aside.free


def test_a_caller_that_had_its_core_goes_on_with_help(aside: Aside, monkeypatch: pytest.MonkeyPatch) -> None:
    # Even a machine full of tests leaves a thread a hundredth of a core.
    monkeypatch.setattr(module, "OWN_CORE", 0.01)
    begun = aside.begin(lambda: None)
    busy(0.05)
    begun.result()
    assert aside.free


def test_its_thread_ends_when_it_is_closed() -> None:
    aside = Aside()
    assert aside.begin(threading.current_thread).result().is_alive()
    thread = aside.begin(threading.current_thread).result()
    aside.close()
    aside.close()
    thread.join(60)
    assert not thread.is_alive()
