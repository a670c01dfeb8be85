"""Something that another transaction has done and not yet committed when ours comes to it."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction

from core import sql

PATIENCE = 40.0  # seconds
WAITED_FOR = """
SELECT EXISTS (SELECT FROM pg_locks mine JOIN pg_locks theirs USING (transactionid)
                WHERE mine.pid = pg_backend_pid() AND mine.granted AND NOT theirs.granted)
"""


@contextmanager
def meanwhile(work: Callable[[], Any], *, held: bool = False) -> Iterator[None]:
    """`work` is done, and committed as soon as somebody waits for it (unless `held`), or when the block ends."""
    begun, over = threading.Event(), threading.Event()
    errors: list[BaseException] = []

    def go() -> None:
        try:
            with transaction.atomic():
                work()
                begun.set()
                until = time.monotonic() + PATIENCE
                while not over.is_set() and time.monotonic() < until and (held or not sql.fetch_value(WAITED_FOR)):
                    time.sleep(0.02)
        except BaseException as error:
            errors.append(error)
        finally:
            begun.set()
            connection.close()

    thread = threading.Thread(target=go)
    thread.start()
    begun.wait(PATIENCE)
    try:
        yield
    finally:
        over.set()
        thread.join()
    assert not errors, errors
