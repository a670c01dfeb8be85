import pghistory
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from commissions import states
from core.scoping import Scope, ScopedModel


@pghistory.track(append_only=True)
class Budget(ScopedModel):
    """Yuan that a unit may spend in a month (`2026-09`) or year (`2026`), for a kind or for all ('')."""

    org_unit = models.ForeignKey("accounts.OrgUnit", models.PROTECT, related_name="+", verbose_name=_("org unit"))
    period = models.CharField(_("period"), max_length=7)
    kind = models.CharField(
        _("commission kind"), max_length=10, choices=states.BudgetKind.choices, blank=True, default=""
    )
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2)

    scope = Scope(unit="org_unit")

    class Meta:
        verbose_name = _("budget")
        verbose_name_plural = _("budgets")
        constraints = [
            models.UniqueConstraint(fields=["org_unit", "period", "kind"], name="budget_once"),
            models.CheckConstraint(condition=Q(amount__gte=0), name="budget_amount"),
            models.CheckConstraint(condition=Q(period__regex=r"^\d{4}(-(0[1-9]|1[0-2]))?$"), name="budget_period"),
        ]

    def __str__(self) -> str:
        return f"{self.org_unit} {self.period} {self.kind_label}"

    @property
    def kind_label(self) -> str:
        """The kind in words; a budget without one is for all."""
        return self.get_kind_display() if self.kind else str(_("all kinds"))


class BatchKind(ScopedModel):
    """What the record lines of a batch come to by kind, in yuan: written with its statements, frozen with it."""

    pk = models.CompositePrimaryKey("batch", "kind")
    batch = models.ForeignKey("commissions.SettlementBatch", models.CASCADE, related_name="kinds")
    kind = models.CharField(_("commission kind"), max_length=10, choices=states.Kind.choices)
    gross = models.DecimalField(_("gross"), max_digits=14, decimal_places=2)

    scope = Scope(unit="batch__county")

    def __str__(self) -> str:
        return f"{self.batch_id} {self.kind}: {self.gross}"


class OverBudgetApproval(ScopedModel):
    """Lets one batch be submitted although a budget does not reach.

    `covers` is what was committed against the budget when it was given; once more is
    committed, another is needed. Append-only; never given by whoever submits the batch.
    """

    batch = models.ForeignKey(
        "commissions.SettlementBatch", models.PROTECT, related_name="over_budget", verbose_name=_("batch")
    )
    budget = models.ForeignKey(Budget, models.PROTECT, related_name="approvals", verbose_name=_("budget"))
    amount = models.DecimalField(_("budget"), max_digits=14, decimal_places=2)
    covers = models.DecimalField(_("covers up to"), max_digits=14, decimal_places=2)
    reason = models.CharField(_("reason"), max_length=500)
    granted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("granted by")
    )
    granted_at = models.DateTimeField(_("granted at"))

    scope = Scope(unit="batch__county")

    class Meta:
        verbose_name = _("over-budget approval")
        verbose_name_plural = _("over-budget approvals")
        ordering = ["-granted_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["batch", "budget", "covers"], name="over_budget_once"),
            models.CheckConstraint(condition=Q(covers__gt=models.F("amount")), name="over_budget_is_over"),
            models.CheckConstraint(condition=~Q(reason=""), name="over_budget_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.batch_id} {self.budget_id}: {self.covers}"
