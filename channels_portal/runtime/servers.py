"""The embedded servers, shared by whoever needs them.

Everybody who uses them holds the lock ``users`` shared, and the system drops it when he dies. Who
leaves and can have that lock alone was the last, and stops what runs. The supervisor stops them
in any case when it ends.
"""

import contextlib
import fcntl
import os
from collections.abc import Iterator

from channels_portal.runtime.home import Home
from channels_portal.runtime.postgres import Postgres
from channels_portal.runtime.server import EmbeddedServer
from channels_portal.runtime.valkey import Valkey

VARIABLES: dict[str, type[EmbeddedServer]] = {"DATABASE_URL": Postgres, "REDIS_URL": Valkey}


def needed(home: Home) -> dict[str, EmbeddedServer]:
    """The servers that the environment does not name, by the variable that would."""
    return {variable: server(home) for variable, server in VARIABLES.items() if not os.environ.get(variable)}


def running_addresses(home: Home) -> dict[str, str]:
    """Addresses of those that run now, started by somebody else."""
    return {variable: server.url for variable, server in needed(home).items() if server.pid()}


@contextlib.contextmanager
def in_use(home: Home, *, tied: bool = False) -> Iterator[dict[str, EmbeddedServer]]:
    """Attach to the servers, start those that are missing, and name them in the environment.

    With `tied` they end together with this process; else the last of their users stops them.
    """
    wanted = needed(home)
    if not wanted:
        yield {}
        return
    with home.open_lock("users") as users:
        try:
            with home.lock("starting"):
                fcntl.flock(users, fcntl.LOCK_SH)
                for server in wanted.values():
                    if not server.pid():
                        server.start(tied=tied)
            os.environ.update({variable: server.url for variable, server in wanted.items()})
            yield wanted
        finally:
            for variable in wanted:
                os.environ.pop(variable, None)
            with home.lock("starting"):
                fcntl.flock(users, fcntl.LOCK_UN)
                with contextlib.suppress(BlockingIOError):
                    if not tied:
                        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    for server in reversed(wanted.values()):
                        server.stop()
