"""Photos of a visit: stored privately, the same one only once."""

from contextlib import ExitStack
from datetime import datetime
from typing import Any

from django.core.files.storage import default_storage
from django.db import transaction
from django.utils.translation import gettext as _

from audits.models import Finding, Visit, VisitPhoto
from audits.services import guard
from core import photos
from core.errors import Refused

MOST_PER_VISIT = 60


def add(
    *,
    visit: Visit,
    data: bytes,
    by: Any,
    at: datetime,
    question_id: int | None = None,
    finding: Finding | None = None,
    caption: str = "",
) -> VisitPhoto:
    """Encode the photo anew and keep it; the same bytes sent again for the same purpose give the first one back.

    Raises PhotoRefused, Refused, Forbidden, Locked.
    """
    with ExitStack() as files, transaction.atomic():
        visit = guard.editable(visit, by=by, at=at)
        sent_before = VisitPhoto.objects.filter(visit=visit, sha256=photos.digest(data)).first()
        if sent_before:
            if (sent_before.question, sent_before.finding_id) != (question_id, finding.pk if finding else None):
                raise Refused(_("This photo is in the visit already. Take another one."), code="photo_known")
            return sent_before
        _check(visit, question_id, finding)
        fields = files.enter_context(photos.stored(data, folder=f"visits/{at:%Y/%m}/{visit.pk}"))
        row = VisitPhoto.objects.create(
            visit=visit,
            finding=finding,
            question=question_id,
            caption=caption.strip()[:200],
            uploaded_at=at,
            **fields,
        )
        guard.edited(visit, by=by, at=at, what=_("photo added"))
    return row


def remove(*, photo: VisitPhoto, by: Any, at: datetime) -> None:
    """Take a photo away while the visit can be edited; the file goes when that is committed."""
    with transaction.atomic():
        visit = guard.editable(photo.visit, by=by, at=at)
        kept = Finding.objects.exclude(state__in=("open", "withdrawn"))
        if photo.finding_id is not None and kept.filter(pk=photo.finding_id).exists():
            raise Refused(_("The finding was decided on this photo; it stays."), code="decided")
        path = photo.file
        photo.delete()
        guard.edited(visit, by=by, at=at, what=_("photo removed"))
        transaction.on_commit(lambda: default_storage.delete(path))


def _check(visit: Visit, question_id: int | None, finding: Finding | None) -> None:
    if question_id is not None and all(question.id != question_id for question in guard.questions_of(visit)):
        raise Refused(_("This visit was not asked that question. Reload the page."), code="unknown_question")
    if finding is not None and finding.visit_id != visit.pk:
        raise Refused(_("That finding belongs to another visit."), code="unknown_finding")
    if visit.photos.count() >= MOST_PER_VISIT:
        raise Refused(_("A visit holds at most %(most)s photos.") % {"most": MOST_PER_VISIT}, code="too_many")
