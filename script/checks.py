"""``./script/check``: everything that can be said about the code without running it."""

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
PYTHON = sys.executable

# Name and command; the slow ones first, since two go at a time.
CHECKS: dict[str, list[str]] = {
    "types": [PYTHON, "-m", "mypy"],
    "lint": [PYTHON, "-m", "ruff", "check", "--quiet", "."],
    "format": [PYTHON, "-m", "ruff", "format", "--quiet", "--check", "--diff", "."],
    "floors": [PYTHON, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"],
    "templates": [PYTHON, "-m", "djlint", "--lint", "--quiet", "."],
    "translations": [PYTHON, "-m", "channels_portal.messages", "--check"],
    "migrations": [PYTHON, "manage.py", "makemigrations", "--check", "--dry-run"],
    "settings": [PYTHON, "manage.py", "check", "--fail-level", "WARNING"],
}


def main() -> None:
    wanted = {name: CHECKS[name] for name in sys.argv[1:]} or CHECKS
    with ThreadPoolExecutor(max_workers=2) as pool:
        clean = list(pool.map(passes, wanted.items()))
    if not all(clean):
        sys.exit(1)


def passes(check: tuple[str, list[str]]) -> bool:
    name, command = check
    began = time.monotonic()
    done = subprocess.run(
        command,
        cwd=CHECKOUT,
        env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    verdict = "FAILED" if done.returncode else "ok"
    text = f"{done.stdout.rstrip()}\n" if done.returncode else ""
    print(f"{text}{name:<13} {verdict} ({time.monotonic() - began:.0f} s)", flush=True)
    return done.returncode == 0


if __name__ == "__main__":
    main()
