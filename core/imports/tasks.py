"""The jobs of imports: check an uploaded file, apply a checked one. Both are safe to run again."""

from typing import Any

from django.urls import reverse

from core import jobs
from core.imports import registry
from core.imports.problems import FileRefused
from core.models import ImportRun, Job


@jobs.handler("import_check")
def check(job: Job, progress: jobs.Progress) -> dict[str, Any]:
    """Do all of it and take it back: what the page then says is what will happen."""
    return _do(job, progress, dry_run=True)


@jobs.handler("import_apply")
def apply(job: Job, progress: jobs.Progress) -> dict[str, Any]:
    """Load the file, unless it was loaded before the worker died."""
    return _do(job, progress, dry_run=False)


def _do(job: Job, progress: jobs.Progress, *, dry_run: bool) -> dict[str, Any]:
    from core.imports import runs  # the readers are large, and most processes never load a file

    run = ImportRun.objects.select_related("by", "org_unit").get(pk=job.args["run"])
    result = {"url": reverse("imports:detail", args=[run.pk])}
    if run.state not in ("checking", "applying"):
        return result
    at, today = runs.now()
    path = runs.folder() / run.file
    try:
        if registry.get(run.kind).json:
            runs.load_json(run=run, path=path, at=at, today=today, dry_run=dry_run)
        else:
            runs.load(run=run, path=path, at=at, today=today, dry_run=dry_run, progress=progress)
    except FileRefused:
        return result
    except Exception:
        ImportRun.objects.filter(pk=run.pk, state__in=("checking", "applying")).update(state="failed", finished_at=at)
        raise
    return result
