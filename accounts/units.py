"""The org-unit switcher: which part of his scope a user looks at now."""

from typing import Any

from django.db.models import Q, QuerySet
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
    """The user's own unit and two levels below it, in the order of the tree: for filters."""
    if not _has_tree(user):
        return []
    return _listed(OrgUnit.objects.visible_to(user).filter(depth__lte=user.org_unit.depth + LISTED_DEPTH))


def offered(user: Any, unit: OrgUnit | None) -> list[OrgUnit]:
    """What the switcher offers, in the order of the tree: the user's own unit, those below it, and
    on the way down to `unit` and below it one level each."""
    if not _has_tree(user):
        return []
    parents = {user.org_unit_id}
    if unit is not None:
        parents |= {unit.pk, unit.parent_id}
    return _listed(OrgUnit.objects.visible_to(user).filter(Q(pk=user.org_unit_id) | Q(parent__in=parents)))


def _has_tree(user: Any) -> bool:
    return user.is_authenticated and not user.is_dealer and user.org_unit_id is not None


def _listed(rows: QuerySet[Any]) -> list[OrgUnit]:
    return list(rows.only("pk", "code", "name", "depth", "level").order_by("path"))


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
    return {"unit_choices": SimpleLazyObject(lambda: offered(request.user, getattr(request, "unit", None)))}
