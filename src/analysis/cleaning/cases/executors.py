"""Where pieces are counted: threads of this process, or the workers of a Dask cluster."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from types import TracebackType
from typing import Any, Protocol, Self, TypeVar

from analysis.errors import UsageError

Item = TypeVar("Item")
Result = TypeVar("Result")

_AHEAD = 2


class Executor(Protocol):
    """Anything that applies a function to items and returns the results in their order."""

    def map(self, function: Callable[[Item], Result], items: Iterable[Item], /) -> Iterable[Result]:
        """Apply ``function`` to all ``items``; both must be picklable for other processes."""
        ...


class Threads:
    """Threads of this process; the work on a piece mostly leaves the interpreter free."""

    def __init__(self, workers: int | None = None) -> None:
        # One more than processors: some wait for the interpreter or the disk.
        self._workers = workers or min(4, os.cpu_count() or 1) + 1

    def map(self, function: Callable[[Item], Result], items: Iterable[Item], /) -> Iterator[Result]:
        """Apply ``function`` to all ``items``, with few results waiting at a time."""
        if self._workers == 1:
            yield from map(function, items)
            return
        with ThreadPoolExecutor(self._workers) as pool:
            yield from _map_ahead(
                lambda item: pool.submit(function, item),
                lambda future: future.result(),
                items,
                self._workers + _AHEAD,
            )


class Cluster:
    """Workers of a Dask cluster; each must see the file under the same path.

    Use as a context manager, or call ``close``.
    """

    def __init__(self, client: Any) -> None:  # noqa: ANN401 - dask.distributed.Client, untyped
        self._client = client

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Leave the cluster; it goes on running."""
        self._client.close()

    def map(self, function: Callable[[Item], Result], items: Iterable[Item], /) -> Iterator[Result]:
        """Apply ``function`` to all ``items`` on the workers."""
        workers = max(1, sum(self._client.nthreads().values()))
        yield from _map_ahead(
            lambda item: self._client.submit(function, item, pure=False),
            lambda future: future.result(),
            items,
            workers * (1 + _AHEAD),
        )


def open_cluster(address: str, *, timeout: str = "30s") -> Cluster:
    """Connect to the scheduler of a Dask cluster.

    Args:
        address: for instance ``tcp://10.0.0.5:8786``.
        timeout: how long to wait for it.

    Raises:
        UsageError: dask.distributed is not installed, or nobody answers at the address.
    """
    try:
        distributed = import_module("distributed")
    except ModuleNotFoundError:
        raise UsageError(
            "Für die Arbeit auf einem Cluster fehlen die Pakete »dask« und »distributed«. Bitte "
            "mit der Zusatzauswahl »cluster« installieren: pip install 'lagebild[cluster]'."
        ) from None
    try:
        return Cluster(distributed.Client(address, timeout=timeout, set_as_default=False))
    except (OSError, ValueError):
        raise UsageError(
            f"Unter der Adresse »{address}« antwortet kein Scheduler von Dask."
        ) from None


def _map_ahead(
    submit: Callable[[Item], Any],
    take: Callable[[Any], Result],
    items: Iterable[Item],
    most: int,
) -> Iterator[Result]:
    waiting: deque[Any] = deque()
    for item in items:
        waiting.append(submit(item))
        if len(waiting) >= most:
            yield take(waiting.popleft())
    while waiting:
        yield take(waiting.popleft())
