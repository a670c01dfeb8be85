"""The org-unit switcher: which part of his scope a user looks at now."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from accounts.models import OrgUnit

KEY = "unit"
LISTED_DEPTH = 2


def chosen(request: HttpRequest) -> OrgUnit | None:
    """The unit that `?unit=CODE` names or else the session holds, if it lies in the user's scope."""
    user = request.user
    if not user.is_authenticated:
        return None
    code = request.GET.get(KEY) or request.session.get(KEY)
    if not code or len(code) > 20 or "\x00" in code:
        return None
    unit = OrgUnit.objects.visible_to(user).filter(code=code).first()
    return None if unit is None or unit.pk == user.org_unit_id else unit


def choices(user: Any) -> list[OrgUnit]:
    """The units that the switcher offers: the user's own and two levels below it, as a tree in order."""
    if not user.is_authenticated or user.is_dealer or user.org_unit_id is None:
        return []
    own = user.org_unit
    return list(
        OrgUnit.objects.visible_to(user)
        .filter(depth__lte=own.depth + LISTED_DEPTH)
        .only("pk", "code", "name", "depth", "level")
        .order_by("path")
    )


def switch(request: HttpRequest, code: str) -> bool:
    """Look at `code` from now on ('' for the whole scope); False if it is not in the scope."""
    if not code:
        request.session.pop(KEY, None)
        return True
    if not OrgUnit.objects.visible_to(request.user).filter(code=code[:20]).exists():
        return False
    request.session[KEY] = code
    return True


def switcher(request: HttpRequest) -> dict[str, Any]:
    """Context for the top bar."""
    return {"unit_choices": SimpleLazyObject(lambda: choices(request.user))}
