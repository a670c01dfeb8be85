from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from commissions.models.policy import CommissionPolicy
from core.scoping import Scope, ScopedModel


def _money(label: Any) -> models.DecimalField:
    return models.DecimalField(label, max_digits=14, decimal_places=2, default=0)


class Simulation(ScopedModel):
    """A policy tried on a settled month: what the month would have come to. Yuan.

    One per policy and month; a later run takes its place. `moved_months` says by how much
    the policy's dates were moved back; `fingerprint` names the rules that were tried, so
    that a draft changed since is noticed. `result` holds the sums (`totals`, `kinds`,
    `refused`), see `commissions.services.simulation`.
    """

    policy = models.ForeignKey(CommissionPolicy, models.CASCADE, related_name="simulations", verbose_name=_("policy"))
    month = models.DateField(_("month"))
    at = models.DateTimeField(_("simulated at"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    moved_months = models.PositiveSmallIntegerField(default=0)
    fingerprint = models.CharField(max_length=64)
    result = models.JSONField(default=dict)

    scope = Scope(unit="policy__org_unit")

    class Meta:
        verbose_name = _("simulation")
        verbose_name_plural = _("simulations")
        ordering = ["-at"]
        constraints = [
            models.UniqueConstraint(fields=["policy", "month"], name="simulation_once"),
            models.CheckConstraint(condition=Q(month__day=1), name="simulation_month"),
        ]

    def __str__(self) -> str:
        return f"{self.policy.code} {self.month:%Y-%m}"

    @property
    def period(self) -> str:
        return f"{self.month:%Y-%m}"


class SimulatedDealer(ScopedModel):
    """One dealer's month as settled (`before`) and as the simulated rules make it (`after`), in yuan.

    `total` is what the month's sales earn over all their instalments, the others are those
    of its statements. County and tier are those on the month's last day.
    """

    simulation = models.ForeignKey(Simulation, models.CASCADE, related_name="dealers")
    dealer = models.ForeignKey("dealers.Dealer", models.CASCADE, related_name="+", verbose_name=_("dealer"))
    county = models.ForeignKey("accounts.OrgUnit", models.PROTECT, related_name="+", verbose_name=_("county"))
    tier = models.CharField(_("tier"), max_length=10, blank=True)
    records_before = models.IntegerField(default=0)
    records_after = models.IntegerField(default=0)
    total_before = _money(_("month's sales in all, settled"))
    total_after = _money(_("month's sales in all, simulated"))
    gross_before = _money(_("gross, settled"))
    gross_after = _money(_("gross, simulated"))
    gross_change = _money(_("change of gross"))
    withheld_before = _money(_("withheld, settled"))
    withheld_after = _money(_("withheld, simulated"))
    pool_before = _money(_("pool, settled"))
    pool_after = _money(_("pool, simulated"))
    deduction_before = _money(_("deduction, settled"))
    deduction_after = _money(_("deduction, simulated"))
    penalty_before = _money(_("penalty, settled"))
    penalty_after = _money(_("penalty, simulated"))
    net_before = _money(_("net, settled"))
    net_after = _money(_("net, simulated"))
    paid_before = _money(_("paid out, settled"))
    paid_after = _money(_("paid out, simulated"))

    scope = Scope(unit="county")

    class Meta:
        verbose_name = _("simulated dealer")
        verbose_name_plural = _("simulated dealers")
        constraints = [models.UniqueConstraint(fields=["simulation", "dealer"], name="simulated_dealer_once")]
        indexes = [models.Index(fields=["simulation", "gross_change"], name="simulated_dealer_change")]

    def __str__(self) -> str:
        return f"{self.simulation_id} {self.dealer_id}"
