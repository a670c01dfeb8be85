"""What a batch noticed about itself, in words and with the way to the rows concerned."""

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission
from commissions.checks import CHECKS
from commissions.models import SettlementBatch
from core.states import State

SEVERITIES = {
    "error": State("error", _("Stop and look"), "red"),
    "warning": State("warning", _("Look at it"), "amber"),
    "info": State("info", _("For information"), "blue"),
}
ORDER = list(SEVERITIES)
UNPRICED = "unpriced_"


@dataclass(frozen=True)
class Check:
    """One kind of thing that was noticed: how often, about which dealers, where to see it."""

    code: str
    label: str | Promise
    help: str | Promise
    severity: State
    count: int
    dealers: list[str]
    params: dict[str, Any]
    url: str

    @property
    def facts(self) -> list[tuple[str, Any]]:
        """What the check found beside the count, as plain name and value."""
        return [(name, value) for name, value in self.params.items() if isinstance(value, str | int)]


def of_batch(batch: SettlementBatch, user: Any) -> list[Check]:
    """The batch's checks, the gravest first, with addresses that `user` may open."""
    found = [_check(batch, one, user) for one in batch.checks]
    return sorted(found, key=lambda check: (ORDER.index(check.severity.name), -check.count))


def _check(batch: SettlementBatch, one: dict[str, Any], user: Any) -> Check:
    code = one["code"]
    known = CHECKS.get(code)
    dealers = one.get("dealers", [])
    return Check(
        code=code,
        label=known.label if known else code,
        help=known.help if known else "",
        severity=SEVERITIES.get(one.get("severity", "info"), SEVERITIES["info"]),
        count=one.get("count", 0),
        dealers=dealers,
        params=one.get("params", {}),
        url=_url(batch, code, dealers, user),
    )


def _url(batch: SettlementBatch, code: str, dealers: list[str], user: Any) -> str:
    """Where the affected rows are listed; '' where the check itself is all there is."""
    if code.startswith(UNPRICED):
        address = reverse("commissions:batch_unpriced", args=[batch.number])
        return f"{address}?reason={code.removeprefix(UNPRICED)}"
    if code == "brackets_odd":
        return reverse("commissions:policies") if user.can(Permission.VIEW_POLICIES) else ""
    if dealers:
        return reverse("commissions:batch_statements", args=[batch.number]) + f"?check={code}"
    return ""
