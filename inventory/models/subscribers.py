from django.db import models
from django.utils.translation import gettext_lazy as _

from core.scoping import Scope, ScopedModel


class SubscriberFigures(ScopedModel):
    """The figures of one subscriber in one month: minutes, MB, yuan. Blank counts as 0."""

    month = models.DateField(_("month"))
    subscriber_no = models.CharField(_("subscriber"), max_length=30)
    county = models.ForeignKey("accounts.OrgUnit", models.PROTECT, related_name="+", verbose_name=_("county"))
    in_network = models.BooleanField(_("in network"))
    call_minutes = models.DecimalField(_("call minutes"), max_digits=12, decimal_places=2, null=True)
    data_mb = models.DecimalField(_("data in MB"), max_digits=14, decimal_places=2, null=True)
    billed_amount = models.DecimalField(_("billed amount"), max_digits=12, decimal_places=2, null=True)
    arrears = models.DecimalField(_("arrears"), max_digits=12, decimal_places=2, null=True)
    imei = models.CharField(_("IMEI"), max_length=15, blank=True, default="", db_default="")

    class Meta:
        abstract = True


class SubscriberMonth(SubscriberFigures):
    """What a subscriber did in a month. Partitioned by month; `month` is its first day.

    Partitions are made by `inventory.bulk.partitions.ensure_months`. An update leaves the
    former figures in SubscriberMonthHistory (a trigger, so bulk SQL is recorded too).
    """

    pk = models.CompositePrimaryKey("month", "subscriber_no")

    scope = Scope(unit="county")

    class Meta:
        managed = False  # partitioned: created by migration 0002
        db_table = "inventory_subscribermonth"
        verbose_name = _("subscriber month")
        verbose_name_plural = _("subscriber months")

    def __str__(self) -> str:
        return f"{self.subscriber_no} {self.month:%Y-%m}"


class SubscriberMonthHistory(SubscriberFigures):
    """Figures that held until `replaced_at`, when a corrected file came in."""

    replaced_at = models.DateTimeField()

    scope = Scope(unit="county")

    class Meta:
        indexes = [models.Index(fields=["subscriber_no", "month"], name="subscriber_history")]

    def __str__(self) -> str:
        return f"{self.subscriber_no} {self.month:%Y-%m}"
