"""A backup of a filled portal, restored into an empty home: nothing is missing, and the ledgers hold."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command

from commissions.models import CommissionLine, PoolEntry, Statement
from tests.commissions.books import Books
from tests.runtime.running import Portal, open_folder

pytestmark = [pytest.mark.processes, pytest.mark.django_db(transaction=True)]

COUNTS = """
import json
from commissions.models import CommissionLine, PoolEntry, Statement
print(json.dumps([model.objects.count() for model in (CommissionLine, PoolEntry, Statement)]))
"""


@pytest.fixture
def idle() -> Iterator[Portal]:
    """A home in which nothing runs."""
    with open_folder("恢复 ") as folder:
        yield Portal(folder / "home")


def said(portal: Portal, *arguments: str) -> tuple[int, dict[str, Any]]:
    command = portal.managing(*arguments)
    output, _ = command.communicate(timeout=240)
    return command.returncode, json.loads(output)


def test_a_backup_restored_into_an_empty_home(idle: Portal, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Books()
    photo = Path(settings.MEDIA_ROOT) / "照片" / "门头 1.jpg"
    photo.parent.mkdir(parents=True, exist_ok=True)
    photo.write_bytes(b"photo")
    file = tmp_path / "夜间.tar"
    call_command("backup", str(file))
    assert json.loads(capsys.readouterr().out)["media_files"] >= 1
    assert file.stat().st_mode & 0o077 == 0
    assert list(tmp_path.iterdir()) == [file]

    torn = tmp_path / "torn.tar"
    torn.write_bytes(file.read_bytes()[:40_000])
    status, answer = said(idle, "restore", str(torn))
    assert (status, answer["code"]) == (1, "not_a_backup")

    status, answer = said(idle, "restore", str(file))
    assert (status, answer["broken"]) == (0, [])
    assert sum(answer["checked"].values()) > 0
    there = [model.objects.count() for model in (CommissionLine, PoolEntry, Statement)]
    assert min(there) > 0
    assert json.loads(idle.manage("shell", "-v0", "-c", COUNTS)) == there
    assert (idle.root / "media" / "照片" / "门头 1.jpg").read_bytes() == b"photo"

    status, answer = said(idle, "restore", str(file))
    assert (status, answer["code"]) == (1, "not_empty")
