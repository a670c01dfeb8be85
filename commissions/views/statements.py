"""Statements: the list, one with how its amount came about, its lines, its files."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from django.core.paginator import EmptyPage, PageNotAnInteger, Paginator
from django.http import Http404, HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission
from commissions import filters, statement_file, states, tables
from commissions.models import SettlementBatch, Statement
from commissions.queries import disputes, lines, sources, statements
from commissions.services import statement as service
from commissions.views.common import AREA, batch_crumb, statements_crumb
from core import clock, exports
from core.views import Crumb, PortalActionView, PortalListView, PortalMixin, PortalPage, one_or_404
from core.views.base import with_query
from dealers.models import Dealer

PER_PAGE = 50


class Statements(PortalListView):
    """Every statement in the scope; a dealer has his own, newest first."""

    permission = Permission.VIEW_STATEMENTS
    area = AREA
    title = _("Statements")

    @property
    def own(self) -> bool:
        return bool(self.request.user.is_dealer)

    def get_table(self) -> Any:
        return tables.OWN_STATEMENTS if self.own else tables.STATEMENTS

    @property
    def filterset_class(self) -> Any:  # type: ignore[override]
        return filters.OwnStatementFilter if self.own else filters.StatementFilter

    @property
    def empty_text(self) -> Any:  # type: ignore[override]
        if self.own:
            return _("No statement yet. The first appears when the settlement of a month with your sales is approved.")
        return _("No statement yet. They appear when a period has been settled.")

    def get_rows(self, user: Any) -> Any:
        return statements.live(user)


class DealerStatements(PortalListView):
    """One dealer's statements: a part of his page."""

    permission = Permission.VIEW_STATEMENTS
    area = AREA
    title = _("Statements")
    table = tables.OWN_STATEMENTS
    name = "dealer-statements"
    follows_unit = False
    empty_text = _("No statement yet. They appear when a period has been settled.")

    def get_rows(self, user: Any) -> Any:
        dealer = one_or_404(Dealer.objects.visible_to(user), pk=self.kwargs["pk"])
        return statements.visible(user).filter(dealer=dealer)


class OfStatement:
    """Mixin: `statement` is the visible one that `number` names; Http404 otherwise."""

    request: HttpRequest
    kwargs: dict[str, Any]
    area = AREA

    @cached_property
    def statement(self) -> Statement:
        return one_or_404(statements.visible(self.request.user), number=self.kwargs["number"])

    def get_breadcrumbs(self) -> list[Crumb]:
        user, batch = self.request.user, self.statement.batch
        crumbs = [statements_crumb()]
        if not user.is_dealer and user.can(Permission.VIEW_BATCHES):
            crumbs = [
                batch_crumb(batch),
                Crumb(_("Statements"), reverse("commissions:batch_statements", args=[batch.number])),
            ]
        return crumbs


class StatementDetail(OfStatement, PortalPage):
    """The amount first, then how it came about, from the whole to the line."""

    permission = Permission.VIEW_STATEMENTS
    template_name = "commissions/statement.html"

    def get_title(self) -> str:
        return gettext("Statement of %(period)s") % {"period": self.statement.batch.period}

    def get_context(self, **context: Any) -> dict[str, Any]:
        return super().get_context(**whole(self.statement, self.request.user), **context)


def whole(statement: Statement, user: Any) -> dict[str, Any]:
    """Everything that a statement's page and print show of it: a fixed number of queries."""
    batch = statement.batch
    own = lines.of_statement(statement)
    groups = lines.groups(own)
    confirmation = statements.confirmed(statement)
    disputed = disputes.of_statement(statement)
    waiting = any(one.due_on for one in disputed)
    last = disputes.last_day(statement)
    payment = statements.payment_of(statement) if batch.state in states.FROZEN else None
    return {
        "statement": statement,
        "batch": batch,
        "dealer": statement.dealer,
        "state": SettlementBatch.machine.state(batch.state),
        "parts": statements.parts(statement),
        "record_groups": [group for group in groups if group.line_type == "record"],
        "other_groups": [group for group in groups if group.line_type != "record"],
        "others": disputes.mark(
            sources.name_sources(own.exclude(line_type="record").order_by("line_type", "pk")[:100]), disputed
        ),
        "disputes": disputed,
        "may_dispute": disputes.may_dispute(statement, user, clock.today(), last),
        "overdue": last is not None and clock.today() > last,
        "withheld": lines.withheld_by_reason(own),
        "pool": statements.pool_month(statement),
        "payment": payment,
        "payment_state": payment.machine.state(payment.state) if payment else None,
        "account": _account(statement, payment),
        "confirmation": confirmation,
        "confirm_by": last,
        "may_confirm": bool(
            user.can(Permission.CONFIRM_STATEMENTS)
            and confirmation is None
            and batch.state in states.FROZEN
            and not waiting
        ),
    }


def _account(statement: Statement, payment: Any) -> Any:
    """Where the money went, else the verified account that it will go to."""
    if payment is not None:
        return payment
    return statement.dealer.accounts.filter(state="verified").first()


class StatementLines(OfStatement, PortalPage):
    """The lines of a statement, filtered by the group that was opened; a part of its page too."""

    permission = Permission.VIEW_STATEMENTS
    template_name = "commissions/statement_lines.html"

    def get_title(self) -> str:
        return gettext("Lines of the statement of %(period)s") % {"period": self.statement.batch.period}

    def get_breadcrumbs(self) -> list[Crumb]:
        own = Crumb(
            gettext("Statement of %(period)s") % {"period": self.statement.batch.period},
            tables.statement_url(self.statement),
        )
        return [*super().get_breadcrumbs(), own]

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        rows = lines.of_statement(self.statement).order_by("record__event_date", "pk")
        filterset = filters.LineFilter(request.GET, queryset=rows, request=request)
        paginator = Paginator(filterset.qs, PER_PAGE)
        try:
            page = paginator.page(request.GET.get("page", 1))
        except EmptyPage:
            page = paginator.page(paginator.num_pages)
        except PageNotAnInteger as error:
            raise Http404 from error
        named = sources.name_sources(page.object_list)
        page.object_list = disputes.mark(named, disputes.of_statement(self.statement))
        part = request.headers.get("HX-Request") == "true"
        return self.render(
            "commissions/statement_lines_part.html" if part else "",
            statement=self.statement,
            may_dispute=disputes.may_dispute(
                self.statement, request.user, clock.today(), disputes.last_day(self.statement)
            ),
            page=page,
            filter_words=_words(filterset),
            previous_url=self._page_url(page.number - 1) if page.has_previous() else "",
            next_url=self._page_url(page.number + 1) if page.has_next() else "",
        )

    def _page_url(self, number: int) -> str:
        return self.request.path + with_query(self.request.GET, page=number)


def _words(filterset: Any) -> list[str]:
    """The filters at work, in words."""
    if not filterset.form.is_valid():
        return []
    found = []
    for name, value in filterset.form.cleaned_data.items():
        if value in (None, "") or name == "product":
            continue
        choices = dict(getattr(filterset.form.fields[name], "choices", []) or [])
        found.append(str(choices.get(value, value)))
    return found


class ConfirmStatement(OfStatement, PortalActionView):
    """The dealer's word that the statement is right."""

    permission = Permission.CONFIRM_STATEMENTS
    title = _("Confirm the statement")
    submit_label = _("Confirm")

    @property
    def object(self) -> Statement:  # type: ignore[override]
        return self.statement

    def get_back_url(self) -> str:
        return tables.statement_url(self.statement)

    def get_effects(self) -> Sequence[Any]:
        return [
            gettext("You confirm the statement of %(period)s over ¥%(amount)s.")
            % {"period": self.statement.batch.period, "amount": f"{self.statement.paid:,.2f}"}
        ]

    def perform(self, *, form: Any) -> str:
        service.confirm(statement=self.statement, by=self.request.user, at=clock.now())
        return tables.statement_url(self.statement)

    def get_success_message(self) -> str:
        return gettext("The statement of %(period)s is confirmed.") % {"period": self.statement.batch.period}


class StatementFile(OfStatement, PortalMixin):
    """The statement as a workbook: how it came about, and every line with its reason."""

    permission = Permission.VIEW_STATEMENTS

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        sheets = statement_file.sheets(self.statement, whole(self.statement, request.user))
        return exports.response(self.statement.number, sheets, as_="xlsx")


class StatementPrint(OfStatement, PortalPage):
    """The statement on A4."""

    permission = Permission.VIEW_STATEMENTS
    template_name = "commissions/statement_print.html"

    def get_title(self) -> str:
        return gettext("Commission statement of %(period)s") % {"period": self.statement.batch.period}

    def get_back_url(self) -> str:
        return tables.statement_url(self.statement)

    def get_context(self, **context: Any) -> dict[str, Any]:
        return super().get_context(printed_at=clock.now(), **whole(self.statement, self.request.user), **context)
