"""Many people at the same instant: threads that keep their connections from round to round."""

import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any, Self

from django.db import connections, transaction


class Crowd:
    """``size`` people, each in a thread with a database connection of his own.

    As a context manager, so that no connection outlives the test.
    """

    def __init__(self, size: int):
        self.size = size
        self._tasks = [SimpleQueue() for _ in range(size)]
        self._results: list[Any] = [None] * size
        self._start = threading.Barrier(size)
        self._done = threading.Barrier(size + 1)
        self._threads = [
            threading.Thread(target=self._work, args=(place,), daemon=True) for place in range(size)
        ]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        for tasks in self._tasks:
            tasks.put(None)
        for thread in self._threads:
            thread.join(timeout=30)

    def at_once(self, acts: list[Callable[[], Any]]) -> list[Any]:
        """Let each person do one act, all at once; return what each returned or raised."""
        if len(acts) != self.size:
            raise ValueError("one act for each")
        for tasks, act in zip(self._tasks, acts, strict=True):
            tasks.put(act)
        self._done.wait(timeout=60)
        return list(self._results)

    def _work(self, place: int) -> None:
        try:
            while (act := self._tasks[place].get()) is not None:
                self._start.wait(timeout=60)
                try:
                    with transaction.atomic():
                        self._results[place] = act()
                except Exception as error:
                    self._results[place] = error
                self._done.wait(timeout=60)
        finally:
            connections.close_all()
