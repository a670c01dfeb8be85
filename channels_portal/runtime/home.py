"""PORTAL_HOME: where one installation keeps its data, media, logs and secrets."""

import contextlib
import fcntl
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]


class Busy(Exception):
    """Somebody else holds the lock."""


class Home:
    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        self.logs = self.root / "logs"
        self.media = self.root / "media"
        self.run = self.root / "run"
        self.secrets = self.root / "secrets"
        self.static = self.root / "static"

    @classmethod
    def from_environment(cls) -> "Home":
        return cls(Path(os.environ.get("PORTAL_HOME") or CHECKOUT / ".portal"))

    def create(self) -> None:
        # The home itself may be passed through, because PostgreSQL may run as another user.
        self.root.mkdir(mode=0o755, parents=True, exist_ok=True)
        for folder in (self.logs, self.media, self.run, self.secrets, self.static):
            folder.mkdir(mode=0o700, exist_ok=True)

    def secret(self, name: str) -> str:
        """The secret of that name, made on first use; two processes asking at once get the same."""
        path = self.secrets / name
        if not path.exists():
            self.create()
            draft = self.secrets / f".{name}.{secrets.token_hex(8)}"
            with open(draft, "x", opener=lambda p, flags: os.open(p, flags, 0o600)) as file:
                file.write(secrets.token_urlsafe(48))
            with contextlib.suppress(FileExistsError):
                os.link(draft, path)  # never replaces what another process wrote
            draft.unlink()
        return path.read_text()

    @contextlib.contextmanager
    def lock(self, name: str, *, wait: bool = True) -> Iterator[None]:
        """Hold `name` alone; the system frees it when this process dies, however it dies."""
        with self.open_lock(name) as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            except BlockingIOError:
                raise Busy(name) from None
            yield

    @contextlib.contextmanager
    def open_lock(self, name: str) -> Iterator[int]:
        self.create()
        file = os.open(self.run / f"{name}.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            yield file
        finally:
            os.close(file)
