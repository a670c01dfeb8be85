"""`Idempotency-Key`: a write that is sent twice is done once.

The key's row, the write and the answer are one transaction, so that a crash leaves all
or nothing, and a second request with the key waits for the first.
"""

import hashlib
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response

from core.models import IdempotencyKey

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
LONGEST = 255
Handler = Callable[..., Any]


class KeyReused(exceptions.APIException):
    status_code = 422
    default_code = "idempotency_key_reused"
    default_detail = _("This Idempotency-Key was used for another request. Use a new key for a new request.")


class KeyInvalid(exceptions.APIException):
    status_code = 400
    default_code = "idempotency_key_invalid"
    default_detail = _("An Idempotency-Key has 1 to 255 printable ASCII characters.")


def once(handler: Handler, *, view: Any, key: str) -> Handler:
    """`handler` done at most once for this user and key; a repetition gets the stored answer.

    Refusals and other answers below 500 are stored too, their writes rolled back.
    """
    if not 0 < len(key) <= LONGEST or not (key.isascii() and key.isprintable()):
        raise KeyInvalid

    def guarded(request: Any, *args: Any, **kwargs: Any) -> Any:
        fingerprint = _fingerprint(request)
        with transaction.atomic():
            row, fresh = IdempotencyKey.objects.get_or_create(
                user=request.user,
                key=key,
                defaults={"method": request.method, "path": request.path[:500], "request_hash": fingerprint},
            )
            if not fresh:
                if row.request_hash != fingerprint:
                    raise KeyReused
                return _replay(row)
            try:
                with transaction.atomic():
                    response = handler(request, *args, **kwargs)
            except Exception as error:
                response = view.handle_exception(error)
                if response.status_code >= 500:
                    transaction.set_rollback(True)
                    return response
            row.status = response.status_code
            row.body = "" if response.data is None else JSONRenderer().render(response.data).decode()
            row.content_type = response.content_type or ""
            row.save(update_fields=["status", "body", "content_type"])
            return response

    return guarded


def forget(*, before: datetime) -> int:
    """Delete answers older than `before`; how many."""
    return IdempotencyKey.objects.filter(created_at__lt=before).delete()[0]


def _replay(row: IdempotencyKey) -> Response | HttpResponse:
    data = json.loads(row.body) if row.body else None
    return Response(data, status=row.status, content_type=row.content_type or None, headers={REPLAYED: "true"})


def _fingerprint(request: Any) -> str:
    """SHA-256 of method, path with query and content, files included."""
    digest = hashlib.sha256(f"{request.method} {request.get_full_path()}\n".encode())
    data = request.data
    if hasattr(data, "lists"):
        for name, values in sorted(data.lists()):
            for value in values:
                digest.update(f"{name}=".encode())
                if isinstance(value, UploadedFile):
                    for chunk in value.chunks():
                        digest.update(chunk)
                    value.seek(0)
                else:
                    digest.update(str(value).encode())
                digest.update(b"\n")
    else:
        digest.update(json.dumps(data, sort_keys=True, default=str).encode())
    return digest.hexdigest()
