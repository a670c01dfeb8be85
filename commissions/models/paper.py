from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from commissions.models.adjustment import Adjustment
from commissions.models.dispute import Dispute
from core.scoping import Scope, ScopedModel


class Paper(ScopedModel):
    """A file handed in with an adjustment or pool change request, or at a step of a dispute: a picture or a PDF.

    A picture is encoded anew. Kept out of the public folders; whoever sees what it belongs to may open it.
    """

    adjustment = models.ForeignKey(Adjustment, models.CASCADE, null=True, related_name="papers")
    pool_change = models.ForeignKey("commissions.PoolChange", models.PROTECT, null=True, related_name="papers")
    dispute = models.ForeignKey(Dispute, models.CASCADE, null=True, related_name="papers")
    step = models.CharField(max_length=10, blank=True, default="")
    file = models.CharField(max_length=200)
    name = models.CharField(_("file name"), max_length=120)
    content_type = models.CharField(max_length=40)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    scope = Scope(why="read only together with what it belongs to")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(adjustment__isnull=False, pool_change=None, dispute=None)
                | Q(adjustment=None, pool_change__isnull=False, dispute=None)
                | Q(adjustment=None, pool_change=None, dispute__isnull=False),
                name="paper_of_one_thing",
            ),
        ]

    def __str__(self) -> str:
        return self.name
