"""``./script/test``: the checks and all tests, with a throw-away database and broker.

A part of the tests (marked `production`) runs a second time on the distribution's own PostgreSQL
and Redis. With arguments, only pytest with these. What pip cannot bring (a browser, Chinese letters
for it, these servers) is installed where that is allowed, else named.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from channels_portal import messages
from channels_portal.runtime import servers
from channels_portal.runtime.home import CHECKOUT, Home
from channels_portal.runtime.postgres import DATABASE
from script import system_servers

# A file's tests share what its fixtures start, so each file goes to one of two processes.
WHOLE = ["-n", "2", "--dist", "loadfile", "--no-loadscope-reorder", "-q"]
# Speed for durability: this database is deleted at the end.
POSTGRES_OPTIONS = "fsync=off synchronous_commit=off full_page_writes=off max_wal_size=1GB"
PACKAGES = {
    "chromium": "a browser",
    "fonts-noto-cjk": "Chinese letters in the browser",
    "postgresql": "the distribution's PostgreSQL, for the tests marked production",
    "redis-server": "the distribution's Redis, for the tests marked production",
}


def main() -> None:
    arguments = sys.argv[1:]
    bring_packages()
    with tempfile.TemporaryDirectory(prefix="portal-test-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)  # PostgreSQL may run as another user
        os.environ.update(PORTAL_HOME=folder, PORTAL_POSTGRES_OPTIONS=POSTGRES_OPTIONS)
        with servers.in_use(Home(Path(folder))):
            messages.compile_all()
            # Migrated once; each test process copies it.
            failed = run("manage.py", "migrate", "-v0")
            os.environ["PORTAL_TEST_TEMPLATE"] = DATABASE
            failed = 0 if arguments else run("-m", "script.checks") or failed
            failed = run("-m", "pytest", *(arguments or WHOLE)) or failed
        if not arguments and not system_servers.missing():
            del os.environ["PORTAL_TEST_TEMPLATE"]
            with system_servers.running(Path(folder)) as addresses:
                os.environ.update(addresses)
                failed = run("-m", "pytest", "-q", "-m", "production") or failed
    sys.exit(failed)


def run(*command: str) -> int:
    return subprocess.run([sys.executable, *command], cwd=CHECKOUT, check=False).returncode


def bring_packages() -> None:
    missing = [name for name in PACKAGES if not present(name)]
    if not missing:
        return
    install = ["apt-get", "install", "-y", "--no-install-recommends", *missing]
    if os.geteuid() == 0 and shutil.which("apt-get"):
        print(f"Installing {', '.join(missing)}", flush=True)
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for command in (["apt-get", "update", "-qq"], [*install, "-qq"]):
            subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=False)
        missing = [name for name in missing if not present(name)]
    for name in missing:
        print(f"Missing: {PACKAGES[name]}. On Debian: {' '.join(install)}", flush=True)
    if missing and os.environ.get("CI"):
        sys.exit("In CI nothing is skipped, so these must be there.")


def present(package: str) -> bool:
    if package in ("postgresql", "redis-server"):
        return package not in system_servers.missing()
    if package == "chromium":
        return bool(os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome"))
    fonts = (
        subprocess.run(["fc-list", ":lang=zh"], capture_output=True, check=False) if shutil.which("fc-list") else None
    )
    return bool(fonts and fonts.stdout.strip())


if __name__ == "__main__":
    main()
