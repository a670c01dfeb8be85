"""Words of commission lines for templates: `{% load commissions %}`."""

from typing import Any

from django import template

from commissions import tables
from commissions.models import CommissionLine

register = template.Library()


@register.filter
def line_title(line: CommissionLine) -> Any:
    """The product of a record line, the type of another."""
    return tables.line_title(line)


@register.filter
def line_reason(line: CommissionLine) -> Any:
    """Why the line is withheld, or where it comes from."""
    return tables.line_reason(line)
