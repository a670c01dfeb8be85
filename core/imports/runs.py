"""The history of imports, and the ways in which a file is loaded: at once or as a job."""

from __future__ import annotations

import datetime as dt
import hashlib
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core import clock, jobs
from core.errors import Refused
from core.imports import engine, registry, sniff
from core.imports.engine import Outcome
from core.imports.problems import ContentRefused, FileRefused, reason
from core.imports.spec import Kind
from core.models import ImportRun


def folder() -> Path:
    """Where uploaded files and rejected rows lie: private, below the media folder."""
    path = Path(settings.MEDIA_ROOT) / "imports"
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    return path


def create(*, kind: Kind, path: Path, file_name: str, user: Any, partial: bool, stored: str = "") -> ImportRun:
    """A new row of the history. `stored` is the upload's name below `folder()`."""
    return ImportRun(
        kind=kind.name,
        file_name=file_name[:255],
        file=stored,
        sha256=engine.sha256(path),
        size=path.stat().st_size,
        by=user,
        org_unit=user.org_unit if user is not None else _whole(),
        partial=partial,
    )


def _whole() -> Any:
    """The smallest unit that covers all others: what the system itself loads belongs there."""
    units: Any = apps.get_model("accounts", "OrgUnit")
    found = None
    for depth in range(2):
        alone = list(units.objects.filter(depth=depth)[:2])
        if len(alone) != 1:
            break
        found = alone[0]
    return found


def same_file(run: ImportRun) -> ImportRun | None:
    """The last import of the very same content that was applied."""
    known = ImportRun.objects.filter(kind=run.kind, sha256=run.sha256, state="applied")
    return known.exclude(pk=run.pk).order_by("-created_at").first()


def store(upload: Any) -> str:
    """Keep an uploaded file under a name of its own; returns that name."""
    digest = hashlib.sha256(f"{upload.name}{timezone.now().isoformat()}".encode()).hexdigest()[:16]
    name = f"{timezone.localdate():%Y%m%d}-{digest}"
    with (folder() / name).open("wb") as file:
        for part in upload.chunks():
            file.write(part)
    return name


def spool_name(run: ImportRun) -> str:
    return f"{run.file or hashlib.sha256(f'{run.kind}{run.sha256}{run.created_at}'.encode()).hexdigest()[:16]}.rejected"


def load(
    *,
    run: ImportRun,
    path: Path,
    at: dt.datetime,
    today: dt.date,
    dry_run: bool = False,
    progress: engine.Progress | None = None,
) -> Outcome:
    """Load the run's file and keep on the run what became of it.

    The run is saved as applied in the same transaction as the rows, or as checked,
    rejected or failed after it. Raises FileRefused after noting it.
    """
    kind = registry.get(run.kind)
    spool = folder() / spool_name(run)
    spool.unlink(missing_ok=True)
    try:
        outcome = engine.load(
            kind=kind,
            path=path,
            user=run.by,
            at=at,
            today=today,
            partial=run.partial,
            dry_run=dry_run,
            spool=spool,
            progress=progress,
            finish=lambda outcome: _note(run, outcome, "applied", spool, at),
        )
    except FileRefused as refusal:
        _refused(run, refusal, at)
        raise
    if not outcome.applied:
        _note(run, outcome, "checked" if dry_run else "rejected", spool, at)
    return outcome


def load_json(
    *, run: ImportRun, path: Path, at: dt.datetime, today: dt.date, publish: bool = False, dry_run: bool = False
) -> dict[str, Any]:
    """Load a file of a kind that is JSON by the kind's own function; returns what it says."""
    kind = registry.get(run.kind)
    if kind.load is None:
        raise TypeError(f"{kind.name} is not a JSON kind.")
    engine.allowed(kind, run.by)
    try:
        if sniff.kind_of(path) != "csv":
            raise FileRefused("json", detail="XLSX")
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        refusal = FileRefused("json", detail="UTF-8")
        _refused(run, refusal, at)
        raise refusal from error
    except FileRefused as refusal:
        _refused(run, refusal, at)
        raise
    try:
        with transaction.atomic():
            result = kind.load(text=text, user=run.by, at=at, today=today, publish=publish)
            run.state, run.finished_at, run.message = "checked" if dry_run else "applied", at, ""
            run.rows, run.accepted, run.unchanged = result["rows"], result["accepted"], result.get("unchanged", 0)
            if dry_run:
                transaction.set_rollback(True)
            else:
                run.save()
    except Refused as refusal:
        _refused(run, refusal, at)
        raise
    if dry_run:
        run.save()
    return result


def _refused(run: ImportRun, refusal: Refused, at: dt.datetime) -> None:
    """Keep on the run why its file was refused as a whole."""
    run.state, run.message, run.finished_at = "rejected", str(refusal), at
    run.rows = run.accepted = run.unchanged = run.rejected = 0
    run.errors, run.error_file = [], ""
    run.save()


def _note(run: ImportRun, outcome: Outcome, state: str, spool: Path, at: dt.datetime) -> None:
    run.state, run.message = state, ""
    run.rows, run.unchanged, run.rejected = outcome.rows, outcome.unchanged, outcome.rejected
    run.accepted = outcome.inserted + outcome.updated if state == "checked" else outcome.accepted
    run.errors = outcome.errors
    run.error_file = spool.name if outcome.rejected else ""
    run.finished_at = at
    run.save()


def described(kind: Kind, errors: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rejected cells for people: row, column, value and the reason in the active language."""
    return [
        {
            "row": error["row"],
            "column": error["column"],
            "label": column.label if (column := kind.column(error["column"])) else error["column"],
            "value": error["value"],
            "reason": reason(error["code"], kind.column(error["column"]), error["params"]),
        }
        for error in errors
    ]


def refusal_errors(refusal: FileRefused) -> list[dict[str, Any]]:
    """A refused file in the form of rejected cells: its first row, and the columns or places that it names."""
    if isinstance(refusal, ContentRefused):
        return [{"row": None, "column": place, "value": "", "reason": text} for place, text in refusal.problems]
    return [{"row": 1, "column": column, "value": "", "reason": str(refusal)} for column in refusal.columns or [""]]


def now() -> tuple[dt.datetime, dt.date]:
    """The moment and the business day of an import that starts now."""
    return timezone.now(), clock.today()


def start(*, run: ImportRun, action: str, user: Any) -> None:
    """Check or apply an uploaded file as a job of its owner. `action`: `check` or `apply`."""
    kind = registry.get(run.kind)
    run.save()
    run.job, _new = jobs.enqueue(
        kind=f"import_{action}",
        key=str(run.pk),
        label=label(kind, run.file_name),
        args={"run": run.pk},
        owner=user,
        org_unit=run.org_unit,
    )
    run.state = {"check": "checking", "apply": "applying"}[action]
    run.save()


def upload(*, kind: Kind, file: Any, user: Any, partial: bool = False) -> ImportRun:
    """Keep an uploaded file and start its check. Raises FileRefused if the user may not import the kind."""
    engine.allowed(kind, user)
    stored = store(file)
    run = create(kind=kind, path=folder() / stored, file_name=file.name, user=user, partial=partial, stored=stored)
    with transaction.atomic():
        start(run=run, action="check", user=user)
    return run


def apply(*, run: ImportRun, user: Any, partial: bool) -> None:
    """Start loading a checked file. Raises Refused if it is not there, not checked, or someone else's."""
    with transaction.atomic():
        run = ImportRun.objects.select_for_update(of=("self",)).get(pk=run.pk)
        if run.by_id != user.pk:
            raise Refused(_("Only the person who uploaded the file may apply it."), code="not_yours")
        if run.state != "checked":
            raise Refused(_("Only a checked file can be applied."), code="not_checked")
        if run.rejected and not partial:
            raise Refused(_("Some rows are rejected; correct them, or apply the good rows only."), code="rejected")
        engine.allowed(registry.get(run.kind), user)
        run.partial = partial
        start(run=run, action="apply", user=user)


def label(kind: Kind, file_name: str) -> str:
    """The words for a job that loads a file."""
    return gettext("Import of %(kind)s: %(file)s") % {"kind": kind.label, "file": file_name[:80]}
