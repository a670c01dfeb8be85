from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from core import formats
from core.tables import Column, Table
from dealers import states


@dataclass(frozen=True)
class MarksColumn(Column):
    """What needs attention, as badges: `value` gives the points of a row."""

    value: Callable[[Any], Iterable[Any]] | None = None

    @property
    def css(self) -> str:
        return "cell-marks"

    def html(self, row: Any) -> SafeString:
        points = self.of(row)
        return format_html_join(" ", "{}", ((formats.badge(point),) for point in points)) if points else formats.DASH

    def plain(self, row: Any) -> Any:
        return "、".join(str(point.label) for point in self.of(row)) or None


DEALERS = Table(
    Column(
        "name",
        _("Dealer"),
        sort="pinyin",
        card="title",
        link=lambda dealer: reverse("dealers:detail", args=[dealer.pk]),
    ),
    Column("code", _("Code"), sort=True, card="fact"),
    Column("tier", _("Tier"), value=lambda dealer: dealer.get_tier_display(), sort="tier", card="fact"),
    Column("org_unit.name", _("Org unit"), sort="org_unit__path", card="fact"),
    MarksColumn("marks", _("Needs attention"), value=lambda dealer: dealer.marks),
    Column("manager.name", _("Channel manager"), sort="manager__name"),
    Column("stage", _("Stage"), kind="badge", states=states.LIFE_CYCLE, sort=True, card="state"),
    Column("cooperation_start", _("Cooperation since"), kind="date", sort=True),
    Column("visit_regime", _("Visit regime"), value=lambda dealer: dealer.get_visit_regime_display(), hidden=True),
    Column("chain_type", _("Chain type"), value=lambda dealer: dealer.get_chain_type_display(), hidden=True),
    Column("agent_level", _("Agent level"), kind="number", sort=True, hidden=True),
    Column("contact_name", _("Contact"), kind="masked", hidden=True),
    Column("contact_phone", _("Contact phone"), kind="masked", hidden=True),
    Column("floor_area", _("Floor area"), kind="number", unit="m²", sort=True, hidden=True),
    Column("address", _("Address"), hidden=True, wrap=True),
    sort="code",
)
