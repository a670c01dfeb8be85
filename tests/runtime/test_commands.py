"""``manage.py`` by itself: it brings the embedded servers along, shares them and leaves nothing behind."""

from collections.abc import Iterator

import pytest

from channels_portal.runtime import processes
from tests.runtime.running import Portal, open_folder

pytestmark = pytest.mark.processes

SHOW = "from django.db import connection as c; c.ensure_connection(); print(c.settings_dict['PORT'])"


@pytest.fixture
def idle() -> Iterator[Portal]:
    """A home in which nothing runs."""
    with open_folder("空 的 ") as folder:
        portal = Portal(folder / "home")
        yield portal
        processes.kill(portal.everything())


def test_commands_bring_and_share_the_servers(idle: Portal) -> None:
    commands = [idle.managing("shell", "-v0", "-c", SHOW) for _ in range(3)]
    outputs = [command.communicate(timeout=240) for command in commands]
    assert [command.returncode for command in commands] == [0, 0, 0], outputs
    ports = [int(output.split()[-1]) for output, _ in outputs]
    assert idle.everything() == []
    assert len(set(ports)) == 1
    assert int(idle.manage("shell", "-v0", "-c", SHOW)) == ports[0]
    assert idle.everything() == []


def test_servers_that_a_killed_command_left_are_used_and_stopped(idle: Portal) -> None:
    killed = idle.managing("shell", "-v0", "-c", "print('up', flush=True); import time; time.sleep(100)")
    assert killed.stdout
    assert killed.stdout.readline() == "up\n"
    left = set(idle.everything()) - {killed.pid}
    killed.kill()
    killed.communicate()
    assert left
    assert idle.manage("shell", "-v0", "-c", "print('again')") == "again\n"
    assert idle.everything() == []
