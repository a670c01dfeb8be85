"""The servers of the distribution (on Debian: postgresql, redis-server), as production has them.

`running(folder)` starts them for themselves, on free ports, with throw-away data.
"""

import contextlib
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from channels_portal.runtime import processes
from channels_portal.runtime.postgres import unprivileged_account

FOLDERS = Path("/usr/lib/postgresql")


def postgres_programs() -> Path | None:
    """The folder with `initdb` and `postgres`: Debian's newest, else that on the PATH."""
    found = sorted(FOLDERS.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    on_path = shutil.which("initdb")
    return found[-1].parent if found else Path(on_path).parent if on_path else None


def missing() -> list[str]:
    """What is not installed, as Debian calls it."""
    return [
        *([] if postgres_programs() else ["postgresql"]),
        *([] if shutil.which("redis-server") else ["redis-server"]),
    ]


@contextlib.contextmanager
def running(folder: Path) -> Iterator[dict[str, str]]:
    """DATABASE_URL and REDIS_URL of both servers, as long as the context."""
    programs, data = postgres_programs(), folder / "system-postgres"
    if programs is None:
        raise FileNotFoundError("initdb")
    account: dict[str, Any] = unprivileged_account(data) if os.geteuid() == 0 else {}
    data.mkdir()
    if account:
        os.chown(data, account["user"], account["group"])
    common: dict[str, Any] = {"cwd": data, "env": {"PATH": os.defpath, "LC_ALL": "C.UTF-8"}, **account}
    initdb: list[str | Path] = [
        programs / "initdb",
        "-D",
        data,
        "-U",
        "portal",
        "--auth=trust",
        "--locale=C.UTF-8",
        "--no-sync",
    ]
    subprocess.run([*initdb, "--encoding=UTF8"], check=True, stdout=subprocess.DEVNULL, **common)
    ports = processes.free_port(), processes.free_port()
    options = {
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": "",
        "fsync": "off",
        "timezone": "Asia/Shanghai",
        "max_locks_per_transaction": "1024",
    }
    postgres: list[str | Path] = [programs / "postgres", "-D", data, "-p", str(ports[0])]
    postgres += [f"--{name}={value}" for name, value in options.items()]
    redis: list[str | Path] = [
        "redis-server",
        "--port",
        str(ports[1]),
        "--bind",
        "127.0.0.1",
        "--save",
        "",
        "--dir",
        data,
    ]
    with open(folder / "system-servers.log", "wb") as log, contextlib.ExitStack() as stack:
        for command in (postgres, redis):
            # SIGINT is PostgreSQL's fast end: it does not wait for whoever is connected still.
            end = processes.tied_to_parent(signal.SIGINT)
            server = subprocess.Popen(command, stdout=log, stderr=log, preexec_fn=end, **common)
            stack.callback(server.wait)
            stack.callback(server.send_signal, signal.SIGINT)
        for _ in processes.until(60):
            if not any(processes.port_is_free(port) for port in ports):
                break
        yield {
            "DATABASE_URL": f"postgres://portal@127.0.0.1:{ports[0]}/postgres",
            "REDIS_URL": f"redis://127.0.0.1:{ports[1]}/0",
        }
