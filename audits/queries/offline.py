"""What a phone takes along to visit stores without connection."""

from datetime import date
from typing import Any

from audits import states
from audits.queries import checklists
from audits.queries.settings import visit_settings
from audits.rules import visit_length
from dealers.models import Dealer
from dealers.states import STORE, VisitRegime

MOST = 500


def luggage(user: Any, *, day: date) -> dict[str, Any]:
    """The user's own dealers, the checklist of each regime and kind of visit, and the bounds of a visit."""
    settings = visit_settings()
    templates = list(checklists.valid_on(day).prefetch_related("sections__questions"))
    held: dict[int, dict[str, Any]] = {}
    fitting: dict[str, int | None] = {}
    lengths: dict[str, list[int | None]] = {}
    for regime in VisitRegime.values:
        for kind, _label in states.OWN_KINDS:
            found = checklists.fitting_for(templates, regime=regime, kind=kind)[:1]
            for template in found:
                held.setdefault(template.pk, checklists.snapshot(template))
            fitting[f"{regime}:{kind}"] = found[0].pk if found else None
            length = visit_length.expected(regime=regime, kind=kind, lengths=settings.lengths)
            lengths[f"{regime}:{kind}"] = [length.shortest, length.longest]
    own = Dealer.objects.visible_to(user).filter(manager=user, stage__in=STORE).order_by("pinyin", "pk")
    return {
        "user": user.username,
        "day": day.isoformat(),
        "farthest": settings.farthest,
        "dealers": [
            {
                "code": one.code,
                "name": one.name,
                "address": one.address,
                "regime": one.visit_regime,
                "lead_in": one.stage == "lead_in",
                "latitude": _degrees(one.latitude),
                "longitude": _degrees(one.longitude),
            }
            for one in own[:MOST]
        ],
        "checklists": held,
        "fitting": fitting,
        "lengths": lengths,
        "kinds": [[value, str(label)] for value, label in states.OWN_KINDS],
        "categories": [[value, str(label)] for value, label in states.FindingCategory.choices],
    }


def _degrees(value: Any) -> float | None:
    return None if value is None else float(value)
