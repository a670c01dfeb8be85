"""A channel manager's week with its route, and the board of who covered what."""

from collections.abc import Sequence
from datetime import date
from functools import cached_property
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.roles import Permission
from audits import tables_weeks as tables
from audits.queries import due, weeks
from audits.queries.settings import week_settings
from audits.services import week as service
from audits.views.common import LIST
from core import clock, maps
from core.periods import InvalidPeriod, Month, Week
from core.views import Crumb, Figure, PortalActionView, PortalListView, PortalMixin, PortalPage, one_or_404
from dealers.queries import archive

AREA = "audits"
SEES = (Permission.LOG_VISITS, Permission.ASSIGN_MANAGERS)
COLOURS: tuple[maps.Colour, ...] = ("blue", "green", "amber", "red", "grey")


class OfWeek(PortalMixin):
    """The week of `?week=` (any of its days) and the manager of `?manager=`.

    Without, it is the reader's own, or that of the first of the managers whose dealers he assigns.
    """

    permission: Any = SEES
    area = AREA

    @property
    def asked(self) -> Any:
        return self.request.POST if self.request.method == "POST" else self.request.GET

    @cached_property
    def week(self) -> Week:
        try:
            day = date.fromisoformat(self.asked.get("week", ""))
        except ValueError:
            day = clock.today()
        return Week.of(min(max(day, date(2000, 1, 1)), date(2100, 1, 1)))

    @cached_property
    def manager(self) -> Any:
        user = self.request.user
        asked = self.asked.get("manager", "")
        assigns = user.can(Permission.ASSIGN_MANAGERS)
        if not asked and assigns:
            return weeks.managers(user, self.request.unit).first() or user
        if not asked or asked == str(user.pk):
            return user
        rows = weeks.managers(user) if assigns else User.objects.none()
        return one_or_404(rows, pk=asked[:18] if asked.isascii() and asked.isdecimal() else 0)

    def address(self, week: Week | None = None) -> str:
        return f"{reverse('audits:week')}?week={(week or self.week).first}&manager={self.manager.pk}"


class WeekPage(OfWeek, PortalPage):
    """The drafted week: each day's stores in the order of the route, what was done, and who will be missed."""

    template_name = "audits/week.html"
    breadcrumbs = (LIST,)

    def get_title(self) -> str:
        return gettext("Week of %(day)s") % {"day": self.week.first.isoformat()}

    def get_subtitle(self) -> str:
        return str(self.manager)

    def get_figures(self) -> Sequence[Figure]:
        found, went = self.plan, weeks.compliance(self.manager, week=self.week)
        marks = gettext("too short %(short)s, too long %(long)s, too far %(far)s") % {
            "short": went.too_short, "long": went.too_long, "far": went.too_far,
        }  # fmt: skip
        return (
            Figure(pgettext_lazy("week", "Planned"), found.planned, "number"),
            Figure(pgettext_lazy("week", "Done as planned"), found.done, "number"),
            Figure(_("Visits made"), went.visits, "number", hint=marks),
            Figure(_("Will be missed"), len(found.missed), "number"),
        )

    @cached_property
    def plan(self) -> weeks.Plan:
        return weeks.plan(self.request.user, manager=self.manager, week=self.week, day=clock.today())

    def get_context(self, **context: Any) -> dict[str, Any]:
        user, today = self.request.user, clock.today()
        people = list(weeks.managers(user, self.request.unit)) if user.can(Permission.ASSIGN_MANAGERS) else []
        return super().get_context(
            plan=self.plan,
            coming=[one for one in self.plan.days if one.day >= today],
            passed=[one for one in self.plan.days if one.day < today],
            today=today,
            monday=self.week.first,
            manager=self.manager,
            managers=people,
            own=self.manager.pk == user.pk,
            changeable=self.week.last >= today,
            before=self.address(self.week + -1),
            after=self.address(self.week + 1),
            map_data=_route(self.plan),
            figures=self.get_figures(),
            **context,
        )


def _route(plan: weeks.Plan) -> dict[str, Any]:
    """Each day's stores as numbered dots with a line through them."""
    dots, lines = [], []
    for number, one in enumerate(plan.days):
        colour = COLOURS[number % len(COLOURS)]
        places = [(place, row) for place, row in enumerate(one.stops, start=1) if maps.place(row.dealer)]
        for place, row in places:
            label = f"{date_format(one.day, 'D')} {place} · {row.dealer.name}"
            address = reverse("dealers:detail", args=[row.dealer_id])
            dots.append(maps.Dot(maps.place(row.dealer) or (0, 0), label, colour, url=address))
        lines.append(maps.Line([maps.place(row.dealer) or (0, 0) for _place, row in places], colour))
    return maps.map_data(dots, lines)


class DraftWeek(OfWeek):
    """Plan the days that are left anew."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        count = service.draft(manager=self.manager, week=self.week, by=request.user, day=clock.today())
        done = ngettext("%(count)s visit is planned.", "%(count)s visits are planned.", count)
        messages.success(request, done % {"count": count})
        return self.go(self.address())


class DayForm(forms.Form):
    """One of the days of the week that are left."""

    day = forms.ChoiceField(label=_("Day"), widget=forms.RadioSelect)

    def __init__(self, *args: Any, week: Week, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        days = [one for one in weeks.working_days(week, week_settings()) if one >= clock.today()]
        choices = [(one.isoformat(), date_format(one, "Y-m-d l")) for one in days]
        self.fields["day"].choices = choices  # type: ignore[attr-defined]

    def clean_day(self) -> date:
        return date.fromisoformat(self.cleaned_data["day"])


class _Change(OfWeek, PortalActionView):
    """Base: something done to a store of the week; `?week=` and `?manager=` go along in the form's address."""

    lookup = "pk"

    @property
    def asked(self) -> Any:
        return self.request.GET

    def get_rows(self, user: Any) -> Any:
        return archive.dealers(user=user)

    def get_back_url(self) -> str:
        return self.address()

    def get_breadcrumbs(self) -> Sequence[Crumb]:
        return (LIST, Crumb(gettext("Week of %(day)s") % {"day": self.week.first.isoformat()}, self.address()))


class PlanVisit(_Change):
    """Plan a store for a day, or for another one."""

    form_class = DayForm
    submit_label = pgettext_lazy("week", "Plan")

    def get_title(self) -> str:
        return gettext("When to visit %(dealer)s") % {"dealer": self.object.name}

    def get_form_kwargs(self) -> dict[str, Any]:
        return {"week": self.week}

    def perform(self, *, form: Any) -> None:
        service.put(
            manager=self.manager, dealer=self.object, on=form.cleaned_data["day"], by=self.request.user,
            day=clock.today(),
        )  # fmt: skip


class RemoveVisit(_Change):
    """Take a planned visit out of the week."""

    title = _("Take out of the week")
    submit_label = _("Take out of the week")

    @property
    def manager(self) -> Any:  # type: ignore[override]
        return self.object.manager

    def get_rows(self, user: Any) -> Any:
        """One's own planned visits, or those of the managers whose dealers one assigns."""
        rows = weeks.PlannedVisit.objects.visible_to(user).select_related("dealer", "manager")
        return rows if user.can(Permission.ASSIGN_MANAGERS) else rows.filter(manager=user)

    def get_effects(self) -> Sequence[Any]:
        return [str(self.object)]

    def perform(self, *, form: Any) -> None:
        service.remove(planned=self.object, by=self.request.user, day=clock.today())


class Board(PortalListView):
    """Who covered what in a month: `?month=2026-09`; county by county and manager by manager, with a map."""

    permission = (Permission.VIEW_VISITS, Permission.LOG_VISITS)
    area = AREA
    title = _("Coverage board")
    table = tables.BOARD
    template_name = "audits/board.html"
    follows_unit = False  # asks for the unit itself
    empty_text = _("No dealers to visit.")

    @cached_property
    def day(self) -> date:
        """The day as of which the month is shown: its last, or today."""
        today = clock.today()
        try:
            return min(Month.parse(self.request.GET.get("month", "")).last, today)
        except InvalidPeriod:
            return today

    def get_rows(self, user: Any) -> Any:
        return due.board(user=user, unit=self.request.unit, day=self.day)

    def get_context(self, **context: Any) -> dict[str, Any]:
        month, newest = Month.of(self.day), Month.of(clock.today())
        found = due.spots(user=self.request.user, unit=self.request.unit, day=self.day)
        return super().get_context(
            month=str(month),
            before=str(month + -1),
            after=str(month + 1) if month < newest else "",
            map_data=maps.map_data([_dot(one) for one in found]),
            **context,
        )


def _dot(one: due.Spot) -> maps.Dot:
    """Green: all visits due were made; amber: some; red: none; grey: none is due."""
    colour: maps.Colour = "grey" if not one.due else "green" if one.done >= one.due else "amber" if one.done else "red"
    name = one.name or ngettext("%(count)s store", "%(count)s stores", one.stores) % {"count": one.stores}
    url = reverse("dealers:detail", args=[one.dealer_id]) if one.dealer_id else ""
    return maps.Dot(
        (one.latitude, one.longitude), f"{name}: {one.done} / {one.due}", colour, min(4 + one.stores**0.5, 18), url
    )
