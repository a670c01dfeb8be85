from django.db import models
from django.db.models import Q

from commissions.models.adjustment import Adjustment
from commissions.models.dispute import Dispute
from core.models.stored_file import StoredFile
from core.scoping import Scope


class Paper(StoredFile):
    """A file handed in with an adjustment or pool change request, or at a step of a dispute: a picture or a PDF.

    Whoever sees what it belongs to may open it.
    """

    adjustment = models.ForeignKey(Adjustment, models.CASCADE, null=True, related_name="papers")
    pool_change = models.ForeignKey("commissions.PoolChange", models.PROTECT, null=True, related_name="papers")
    dispute = models.ForeignKey(Dispute, models.CASCADE, null=True, related_name="papers")
    step = models.CharField(max_length=10, blank=True, default="")

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
