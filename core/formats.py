"""How values look to people, in one place for tables, pages and exports.

`show(kind, value)` gives safe HTML for a screen; `plain(kind, value)` gives what a file
holds: numbers stay numbers, dates stay dates. Absent values are a dash on screens and
empty in files.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString
from django.utils.timesince import timesince
from django.utils.translation import gettext as _

ABSENT = "–"
DASH = SafeString(f'<span class="absent">{ABSENT}</span>')
COLOURS = frozenset({"grey", "blue", "amber", "green", "red"})


def money(value: Any, *, sign: str = "") -> SafeString:
    """Yuan with two places: 1,234.50; negative in red with a minus sign; `sign="¥"` puts the unit before."""
    if value is None or value == "":
        return DASH
    amount = Decimal(value)
    text = f"{abs(amount):,.2f}"
    if amount < 0 and text.strip("0.,"):
        return SafeString(f'<span class="money negative">−{escape(sign)}{text}</span>')
    return SafeString(f'<span class="money">{escape(sign)}{text}</span>')


def number(value: Any) -> SafeString:
    """A count or measure with thousands separated, at most four places, as it is stored."""
    if value is None or value == "":
        return DASH
    text = f"{value:,}" if isinstance(value, int) else f"{value:,.4f}".rstrip("0").rstrip(".")
    return SafeString(f'<span class="number">{text.replace("-", "−")}</span>')


def percent(value: Any, *, places: int = 1) -> SafeString:
    """A fraction (0.153) as a percentage (15.3%)."""
    if value is None or value == "":
        return DASH
    return format_html('<span class="number">{}%</span>', f"{Decimal(str(value)) * 100:,.{places}f}".replace("-", "−"))


def day(value: date | datetime | None) -> SafeString:
    """2026-09-01."""
    if value is None:
        return DASH
    if isinstance(value, datetime):
        value = timezone.localtime(value) if timezone.is_aware(value) else value
    iso = value.strftime("%Y-%m-%d")
    return SafeString(f'<time class="number" datetime="{iso}">{iso}</time>')


def month(value: Any) -> SafeString:
    """2026-09, from a date or a Month."""
    if value is None or value == "":
        return DASH
    return format_html('<span class="number">{}</span>', value.strftime("%Y-%m") if isinstance(value, date) else value)


def moment(value: datetime | None) -> SafeString:
    """2026-09-01 13:05, local."""
    if value is None:
        return DASH
    local = timezone.localtime(value)
    return format_html(
        '<time class="number" datetime="{}">{}</time>', local.isoformat(), local.strftime("%Y-%m-%d %H:%M")
    )


def ago(value: datetime | None) -> SafeString:
    """How long ago, in the largest unit, with the exact time on hover."""
    if value is None:
        return DASH
    local = timezone.localtime(value)
    now = timezone.now()
    if local > now:
        return moment(value)
    text = (
        _("just now")
        if (now - local).total_seconds() < 60
        else _("%(time)s ago") % {"time": timesince(local, now, depth=1)}
    )
    return format_html(
        '<time datetime="{}" title="{}">{}</time>', local.isoformat(), local.strftime("%Y-%m-%d %H:%M:%S"), text
    )


def badge(state: Any) -> SafeString:
    """A state with its word and colour. `state` has `label` and `colour` (core.states.State), or is text (grey)."""
    if state is None or state == "":
        return DASH
    colour = getattr(state, "colour", "grey")
    colour = colour if colour in COLOURS else "grey"
    return format_html('<span class="state state-{}">{}</span>', colour, getattr(state, "label", state))


def yes_no(value: Any) -> SafeString:
    return DASH if value is None else SafeString(escape(_("yes") if value else _("no")))


def mask(value: Any) -> str:
    """Personal data with its middle hidden: 138****1234, 5326**********0012, 张*."""
    text = "" if value is None else str(value)
    if not text:
        return ""
    if len(text) >= 11:
        head = 3 if len(text) == 11 else 4
        return text[:head] + "*" * (len(text) - head - 4) + text[-4:]
    if len(text) > 4:
        return text[:1] + "*" * (len(text) - 3) + text[-2:]
    return text[:1] + "*" * (len(text) - 1)


def masked(value: Any) -> SafeString:
    return format_html('<span class="number">{}</span>', mask(value)) if value else DASH


@dataclass(frozen=True)
class Bar:
    """How much of something is used, and how much it would be by now if it were used evenly (fractions)."""

    share: Decimal | None
    mark: Decimal
    colour: str = "blue"


def bar(value: Bar | None) -> SafeString:
    """A bar filled up to the share, with a mark, and the share in figures."""
    if value is None or value.share is None:
        return DASH
    filled, mark = (max(Decimal(0), min(Decimal(1), part)) * 100 for part in (value.share, value.mark))
    colour = value.colour if value.colour in COLOURS else "grey"
    return format_html(
        '<span class="use-bar"><svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">'
        '<rect class="use-ground" y="2" width="100" height="6"/>'
        '<rect class="use-fill use-{}" y="2" width="{}" height="6"/>'
        '<rect class="use-mark" x="{}" width="1" height="10"/></svg> {}</span>',
        colour,
        f"{filled:.2f}",
        f"{min(mark, 99):.2f}",
        percent(value.share),
    )


def text(value: Any) -> SafeString:
    return DASH if value is None or value == "" else SafeString(escape(value))


SHOW: dict[str, Callable[[Any], SafeString]] = {
    "text": text,
    "number": number,
    "money": money,
    "percent": percent,
    "date": day,
    "month": month,
    "datetime": moment,
    "ago": ago,
    "badge": badge,
    "masked": masked,
    "bool": yes_no,
    "bar": bar,
}
NUMERIC = frozenset({"number", "money", "percent"})


def show(kind: str, value: Any) -> SafeString:
    """Safe HTML of `value`; KeyError for an unknown kind."""
    return SHOW[kind](value)


def plain(kind: str, value: Any) -> Any:
    """The value for a file: int, Decimal, date, naive local datetime or text; None if absent."""
    if value is None or value == "":
        return None
    if kind == "bar":
        return value.share
    if kind == "badge":
        return str(getattr(value, "label", value))
    if kind == "masked":
        return mask(value)
    if kind == "bool":
        return _("yes") if value else _("no")
    if kind == "month":
        return value.strftime("%Y-%m") if isinstance(value, date) else str(value)
    if kind == "date" and isinstance(value, datetime):
        return timezone.localtime(value).date()
    if isinstance(value, datetime):
        return timezone.localtime(value).replace(tzinfo=None) if timezone.is_aware(value) else value
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return value if isinstance(value, int | float | Decimal | date) else str(value)
