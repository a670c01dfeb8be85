"""Record what competitors pay. See docs/budgets.md, "Competitor levels"."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import OrgUnit
from accounts.roles import Permission
from commissions.models import CompetitorLevel
from core.errors import Forbidden


def _demand(by: Any, unit: OrgUnit) -> None:
    if by is None or not by.can(Permission.EDIT_POLICIES):
        raise Forbidden(_("Only the city's channel management records competitor levels."))
    if not OrgUnit.objects.visible_to(by).filter(pk=unit.pk).exists():
        raise Forbidden(_("%(unit)s is outside your unit.") % {"unit": unit})


@transaction.atomic
def record(
    *,
    org_unit: OrgUnit,
    month: date,
    competitor: str,
    business_type: str,
    product_family: str,
    basis: str,
    value: Decimal,
    source: str,
    by: Any,
    at: datetime,
) -> CompetitorLevel:
    """What `competitor` pays in `month`, yuan per record or a rate by `basis`; replaces what was recorded."""
    _demand(by, org_unit)
    level, _new = CompetitorLevel.objects.update_or_create(
        org_unit=org_unit,
        month=month.replace(day=1),
        competitor=competitor.strip(),
        business_type=business_type,
        product_family=product_family,
        basis=basis,
        defaults={"value": value, "source": source, "recorded_by": by, "recorded_at": at},
    )
    return level


@transaction.atomic
def remove(*, level: CompetitorLevel, by: Any) -> None:
    """Take back a level that was recorded by mistake; the history keeps it."""
    _demand(by, level.org_unit)
    level.delete()
