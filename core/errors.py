"""What a service raises when it will not do what it was asked."""

from typing import Any

import structlog
from django.utils.functional import Promise

log = structlog.get_logger(__name__)


class Refused(Exception):
    """A domain refusal: says what is wrong and what to do, in the reader's language.

    `message` may be lazily translated; `code` is stable for callers and the API;
    `params` hold plain values for machines. Pages show it as a message, the API
    answers 409, commands exit with 1.
    """

    code = "refused"

    def __init__(self, message: str | Promise, *, code: str | None = None, **params: Any) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.code
        self.params = params

    def __str__(self) -> str:
        return str(self.message)


class Forbidden(Refused):
    """The person may not do this: a missing permission or a breach of separation of duties. Logged."""

    code = "forbidden"

    def __init__(self, message: str | Promise, *, code: str | None = None, **params: Any) -> None:
        super().__init__(message, code=code, **params)
        log.warning("forbidden", code=self.code, message=str(message))


def said(text: str, otherwise: str | Promise, *, refused: type[Refused], longest: int, code: str = "text") -> str:
    """What a person must say, without blanks around it; `refused(otherwise)` if that is nothing."""
    text = text.strip()[:longest]
    if not text:
        raise refused(otherwise, code=code)
    return text
