"""Fields of the settings page that belong to commissions."""

from django.core.exceptions import ValidationError
from django.forms import CharField

from commissions.services.bands import BandsInvalid, read_bands


class BandsField(CharField):
    """Deduction bands as `90:1.00 80:0.95 60:0.80 0:0.50`; what cannot be read is not saved."""

    def clean(self, value: str) -> str:
        text = str(super().clean(value))
        try:
            read_bands(text)
        except BandsInvalid as invalid:
            raise ValidationError(str(invalid.message), code=invalid.code) from invalid
        return text
