from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.scoping import ScopedModel


class StoredFile(ScopedModel):
    """Base of files that were handed in (`core.papers`): a picture, encoded anew, or a PDF.

    Kept out of the public folders; whoever sees what it belongs to may open it.
    """

    file = models.CharField(max_length=200)
    name = models.CharField(_("file name"), max_length=120)
    content_type = models.CharField(max_length=40)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name
