"""The deduction bands as the settings page writes them: `90:1.00 80:0.95 60:0.80 0:0.50`."""

from decimal import Decimal, InvalidOperation
from itertools import pairwise

from django.utils.translation import gettext_lazy as _

from commissions.rules.totals import Band
from core.errors import Refused


class BandsInvalid(Refused):
    """The text does not say which share is kept from which score on."""

    code = "bands_invalid"


def read_bands(text: str) -> list[Band]:
    """The bands, highest score first; the last one begins at 0. Raises BandsInvalid."""
    try:
        pairs = [item.split(":") for item in text.split()]
        bands = [Band(Decimal(least), Decimal(keeps)) for least, keeps in pairs]
    except (ValueError, InvalidOperation) as error:
        raise BandsInvalid(_("Write bands like “90:1.00 80:0.95 60:0.80 0:0.50”.")) from error
    falling = all(upper.least > lower.least for upper, lower in pairwise(bands))
    if not bands or not falling or bands[-1].least != 0 or not all(0 <= band.coefficient <= 1 for band in bands):
        raise BandsInvalid(_("Bands fall from the highest score to 0, with shares between 0 and 1."))
    return bands
