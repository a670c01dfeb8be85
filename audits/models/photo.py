from django.db import models
from django.utils.translation import gettext_lazy as _

from core.scoping import ScopedModel


class StoredPhoto(ScopedModel):
    """Base of photos, encoded anew: what the phone sent is not kept. See docs/visits.md, "Photos".

    `file` is a path below MEDIA_ROOT, `sha256` that of the bytes that were sent, so that the same photo sent twice is
    one. Time and position are the only kept EXIF fields.
    """

    file = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    size = models.PositiveIntegerField()
    taken_at = models.DateTimeField(_("taken"), null=True, blank=True)
    latitude = models.DecimalField(max_digits=9, decimal_places=6, null=True, blank=True)
    longitude = models.DecimalField(max_digits=9, decimal_places=6, null=True, blank=True)
    uploaded_at = models.DateTimeField()

    class Meta:
        abstract = True
