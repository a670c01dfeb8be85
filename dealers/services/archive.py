"""A dealer's archive: what a channel manager keeps up to date. See docs/dealers.md, "Archive"."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.roles import Permission
from core import followups
from core.errors import Forbidden, Refused
from core.pinyin import pinyin_key
from core.transitions import record
from dealers.models import Dealer
from dealers.rules import credit_code

# Tier, unit, stage and manager have their own ways; the code never changes.
EDITABLE = (
    "name",
    "legal_name",
    "credit_code",
    "contact_name",
    "contact_phone",
    "visit_regime",
    "chain_type",
    "location_kind",
    "address",
    "floor_area",
    "main_business",
    "boss_connected",
    "accepts_assessment",
    "exclusive_agreement",
    "special_evaluation",
    "latitude",
    "longitude",
)


def editable(by: Any) -> tuple[str, ...]:
    """What `by` may change; the special evaluation is the branch's, not the channel manager's."""
    if by.can(Permission.ASSIGN_MANAGERS):
        return EDITABLE
    return tuple(name for name in EDITABLE if name != "special_evaluation")


def update(*, dealer: Dealer, changes: dict[str, Any], by: Any, at: datetime) -> list[str]:
    """Change fields of the archive; the names of those that really changed.

    Area in m², position in WGS-84 degrees, both parts or none. Raises Forbidden, Refused.
    """
    if not by.can(Permission.EDIT_DEALERS):
        raise Forbidden(_("You may not edit dealers."))
    unknown = set(changes) - set(EDITABLE)
    if unknown:
        raise Refused(_("This field cannot be changed here: %(field)s.") % {"field": min(unknown)}, code="not_editable")
    changes = {name: value for name, value in changes.items() if name in editable(by)}
    with transaction.atomic():
        row = Dealer.objects.select_for_update(of=("self",)).get(pk=dealer.pk)
        changed = [name for name, value in changes.items() if getattr(row, name) != value]
        for name in changed:
            setattr(row, name, changes[name])
        check(row)
        if changed:
            if "name" in changed:
                row.pinyin = pinyin_key(row.name)
            row.save(update_fields=[*changed, "pinyin"])
            record(row, action="edit", before=row.stage, after=row.stage, by=by, at=at)
            followups.emit("dealers_changed", ids=[row.pk])
    return changed


def check(dealer: Dealer) -> None:
    """Raise Refused if the archive says something that cannot be."""
    if not dealer.name.strip():
        raise Refused(_("A dealer needs a name."), code="no_name")
    if dealer.credit_code and not credit_code.is_valid(dealer.credit_code):
        raise Refused(
            _("%(code)s is not a valid social credit code: one of its 18 characters is wrong.")
            % {"code": dealer.credit_code},
            code="credit_code",
        )
    if dealer.floor_area is not None and dealer.floor_area < 0:
        raise Refused(_("A floor area cannot be negative."), code="floor_area")
    if (dealer.latitude is None) != (dealer.longitude is None):
        raise Refused(_("Give both latitude and longitude, or neither."), code="half_position")
