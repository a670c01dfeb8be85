import pghistory
import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from audits import states
from audits.models.visit import Visit
from audits.rules import draw
from core.scoping import Scope, ScopedModel


class InspectionRound(ScopedModel):
    """Inspections ordered together: docs/visits.md, "Inspections".

    A spot check is drawn: `pool` holds every store that could be drawn with its risk as [code, weight], `seed` is made
    by the portal, so that anybody can draw again. Mystery inspections cover a `period` (a quarter) and draw nothing.
    """

    number = models.CharField(_("number"), max_length=40, unique=True)
    kind = models.CharField(_("kind"), max_length=12, choices=states.InspectionKind.choices)
    org_unit = models.ForeignKey("accounts.OrgUnit", models.PROTECT, related_name="+", verbose_name=_("org unit"))
    period = models.CharField(_("quarter"), max_length=6, blank=True, default="", db_default="")
    seed = models.CharField(pgettext_lazy("draw", "seed"), max_length=32, blank=True, default="", db_default="")
    pool = models.JSONField(default=list, db_default=[])
    size = models.PositiveIntegerField(_("stores"))
    due_on = models.DateField(pgettext_lazy("inspection", "due on"))
    ordered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("ordered by")
    )
    ordered_at = models.DateTimeField(_("ordered at"))

    scope = Scope(unit="org_unit")

    class Meta:
        verbose_name = _("round of inspections")
        verbose_name_plural = _("rounds of inspections")
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="mystery", seed="") & ~Q(period="") | Q(kind="spot_check", period="") & ~Q(seed=""),
                name="inspection_round_kind",
            ),
        ]
        triggers = [pgtrigger.Protect(name="round_stays", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return self.number

    def drawn_again(self) -> list[str]:
        """The codes that the seed draws from the pool, in the order of the draw."""
        return draw.draw([(code, weight) for code, weight in self.pool], size=self.size, seed=self.seed)


@pghistory.track(append_only=True)
class Inspection(ScopedModel):
    """One store given to one inspector; `visit` is what came of it. `kind` and `period` are those of the round."""

    machine = states.INSPECTION

    round = models.ForeignKey(InspectionRound, models.PROTECT, related_name="inspections", verbose_name=_("round"))
    dealer = models.ForeignKey("dealers.Dealer", models.PROTECT, related_name="+", verbose_name=_("dealer"))
    kind = models.CharField(_("kind"), max_length=12, choices=states.InspectionKind.choices)
    period = models.CharField(_("quarter"), max_length=6, blank=True, default="", db_default="")
    inspector = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("inspector")
    )
    due_on = models.DateField(pgettext_lazy("inspection", "due on"))
    state = models.CharField(
        _("state"), max_length=10, choices=states.INSPECTION.choices, default="assigned", db_default="assigned"
    )
    visit = models.OneToOneField(Visit, models.PROTECT, null=True, related_name="inspection", verbose_name=_("visit"))

    scope = Scope(unit="dealer__org_unit", inspector="inspector")

    class Meta:
        verbose_name = _("inspection")
        verbose_name_plural = _("inspections")
        constraints = [
            models.UniqueConstraint(fields=["round", "dealer"], name="inspection_once_a_round"),
            models.UniqueConstraint(
                fields=["dealer", "period"],
                condition=Q(kind="mystery") & ~Q(state="cancelled"),
                name="inspection_once_a_quarter",
            ),
            models.CheckConstraint(
                condition=Q(state="assigned") | Q(state="done", visit__isnull=False) | Q(state="cancelled", visit=None),
                name="inspection_state",
            ),
        ]
        indexes = [models.Index(fields=["inspector", "due_on"], condition=Q(state="assigned"), name="inspection_open")]
        ordering = ["due_on", "pk"]

    def __str__(self) -> str:
        return f"{self.dealer.name} {self.due_on}"
