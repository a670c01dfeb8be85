"""Runs Python in an environment that has the requirements; makes and fills it when necessary.

An active virtual environment is used, otherwise ``.venv`` in the checkout. Needs nothing but
Python itself: this is the first thing that runs.
"""

import fcntl
import hashlib
import os
import subprocess
import sys
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
REQUIREMENTS = {
    "portal": [CHECKOUT / "requirements.txt"],
    "development": [CHECKOUT / "requirements.txt", CHECKOUT / "requirements-dev.txt"],
}


def main(arguments: list[str]) -> None:
    purpose = "portal"
    if arguments[:1] == ["--dev"]:
        purpose, arguments = "development", arguments[1:]
    python = python_with(purpose)
    os.execv(python, [str(python), *arguments])


def python_with(purpose: str) -> Path:
    """The Python of the environment, once everything for that purpose is in it."""
    active = sys.prefix != sys.base_prefix
    folder = Path(sys.prefix) if active else CHECKOUT / ".venv"
    python = Path(sys.executable) if active else folder / "bin" / "python"
    files = REQUIREMENTS[purpose]
    digest = hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()
    stamp = folder / f"{purpose}-requirements.sha256"
    if installed(stamp, digest) and python.exists():
        return python
    folder.mkdir(exist_ok=True)
    with open(folder / "install.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two first starts at once: one installs, one waits
        if not (installed(stamp, digest) and python.exists()):
            if not active:
                make_environment(folder)
            install(python, files)
            stamp.write_text(digest)
    return python


def installed(stamp: Path, digest: str) -> bool:
    return stamp.exists() and stamp.read_text() == digest


def make_environment(folder: Path) -> None:
    print(f"Making a private Python environment in {folder}", flush=True)
    made = subprocess.run([sys.executable, "-m", "venv", folder], check=False)
    if made.returncode:
        sys.exit("This Python has no complete venv module; on Debian: apt-get install python3-venv")


def install(python: Path, files: list[Path]) -> None:
    print("Installing the requirements (later starts skip this)", flush=True)
    command: list[str | Path] = [python, "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
    for file in files:
        command += ["-r", file]
    if subprocess.run(command, check=False).returncode:
        sys.exit("The requirements could not be installed; pip says above why.")


if __name__ == "__main__":
    main(sys.argv[1:])
