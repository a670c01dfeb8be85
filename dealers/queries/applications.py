"""Sites from the first idea to the first agreement."""

from typing import Any

from django.db.models import OuterRef, Subquery

from dealers import states
from dealers.models import Dealer, SiteCheck


def applications(user: Any) -> Any:
    """The new stores of the scope, with unit, manager, proposer; `documents_ok`, `on_site_ok`: the newest outcomes."""
    rows = Dealer.objects.visible_to(user).filter(stage__in=states.NEW)
    return rows.select_related("org_unit__county", "manager", "application__proposed_by").annotate(
        **{f"{part}_ok": _newest(part) for part in states.CheckPart.values}
    )


def _newest(part: str) -> Subquery:
    rows = SiteCheck.objects.filter(dealer=OuterRef("pk"), part=part).order_by("-entered_at", "-pk")
    return Subquery(rows.values("passed")[:1])
