from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from commissions.models.adjustment import Adjustment
from core.scoping import Scope, ScopedModel


class Paper(ScopedModel):
    """A file that somebody handed in with an adjustment or a pool change request: a picture (encoded anew) or a PDF.

    Kept out of the public folders; whoever sees what it belongs to may open it.
    """

    adjustment = models.ForeignKey(Adjustment, models.CASCADE, null=True, related_name="papers")
    pool_change = models.ForeignKey("commissions.PoolChange", models.PROTECT, null=True, related_name="papers")
    file = models.CharField(max_length=200)
    name = models.CharField(_("file name"), max_length=120)
    content_type = models.CharField(max_length=40)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    scope = Scope(why="read only together with what it belongs to")

    def __str__(self) -> str:
        return self.name
