"""What the lists of commissions show. Money is yuan."""

from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from commissions import states
from commissions.models import CommissionLine, Payment, Statement
from commissions.queries import ledger_checks
from commissions.queries import lines as line_queries
from core.models import LedgerCheck
from core.states import State
from core.tables import Column, Table
from dealers.models import DealerAccount
from dealers.states import Tier

YUAN = _("yuan")
TIERS = dict(Tier.choices)


def statement_url(statement: Statement) -> str:
    return reverse("commissions:statement", args=[statement.number])


def line_url(line: CommissionLine) -> str:
    return reverse("commissions:line", args=[line.pk])


def line_title(line: CommissionLine) -> Any:
    """The product and instalment of a record line, the type of another."""
    if line.record_id and line.record:
        return line.record.product.name
    return line.get_line_type_display()


def line_reason(line: CommissionLine) -> Any:
    """Why it is withheld or where it comes from; in whole words once `sources.name_sources` has seen it."""
    return getattr(line, "source", "") or line_queries.reason_label(line.reason)


def _kind(line: CommissionLine) -> Any:
    return line.get_kind_display() if line.kind else line.get_line_type_display()


BATCHES = Table(
    Column(
        "period",
        _("Period"),
        sort="month",
        card="title",
        link=lambda one: reverse("commissions:batch", args=[one.number]),
    ),
    Column("county.name", _("County"), sort="county__path", card="fact"),
    Column("number", _("Batch number"), sort=True, hidden=True),
    Column("state", _("State"), kind="badge", states=states.BATCH, sort=True, card="state"),
    Column("dealers", _("Dealers"), kind="number", sort=True),
    Column("lines", _("Lines"), kind="number", sort=True, hidden=True),
    Column("unpriced", _("Unpriced"), kind="number", sort=True, hidden=True),
    Column("gross", _("Gross"), kind="money", unit=YUAN, sort=True, total=True, card="fact"),
    Column("withheld", _("Withheld"), kind="money", unit=YUAN, sort=True, total=True),
    Column("pool", _("To the pool"), kind="money", unit=YUAN, sort=True, total=True),
    Column("net", _("Net"), kind="money", unit=YUAN, sort=True, total=True, hidden=True),
    Column("paid", _("Paid out"), kind="money", unit=YUAN, sort=True, total=True, card="fact"),
    Column("submitted_by.name", _("Submitted by")),
    Column("reviewed_by.name", _("Reviewed by")),
    Column("approved_by.name", _("Approved by")),
    sort="-period",
)

BATCH_STATEMENTS = Table(
    Column("dealer.code", _("Dealer code"), sort=True),
    Column("dealer.name", _("Dealer name"), sort=True, link=statement_url, card="title"),
    Column("dealer.org_unit.name", _("Org unit"), sort="dealer__org_unit__path", hidden=True),
    Column("lines", _("Lines"), kind="number", sort=True, hidden=True),
    Column("gross", _("Gross"), kind="money", unit=YUAN, sort=True, total=True, card="fact"),
    Column("withheld", _("Withheld"), kind="money", unit=YUAN, sort=True, total=True, card="fact"),
    Column("pool", _("Pool"), kind="money", unit=YUAN, sort=True, total=True),
    Column("subsidy", _("Subsidy"), kind="money", unit=YUAN, sort=True, total=True, hidden=True),
    Column("deduction", _("Deduction"), kind="money", unit=YUAN, sort=True, total=True, hidden=True),
    Column("penalty", _("Penalty"), kind="money", unit=YUAN, sort=True, total=True, hidden=True),
    Column("clawback", _("Clawback"), kind="money", unit=YUAN, sort=True, total=True, hidden=True),
    Column("adjustments", _("Adjustments"), kind="money", unit=YUAN, sort=True, total=True, hidden=True),
    Column("carried_in", _("Carried in"), kind="money", unit=YUAN, sort=True, total=True, hidden=True),
    Column("net", _("Net"), kind="money", unit=YUAN, sort=True, total=True),
    Column("paid", _("Paid out"), kind="money", unit=YUAN, sort=True, total=True, card="fact"),
    Column("carried_out", _("Carried out"), kind="money", unit=YUAN, sort=True, total=True, hidden=True),
    Column("paid_before", _("Last month"), kind="money", unit=YUAN, sort=True),
    Column("difference", _("Difference"), kind="money", unit=YUAN, sort=True),
    Column("number", _("Statement number"), sort=True, hidden=True),
    sort="-paid",
)

STATEMENTS = Table(
    Column("batch.month", _("Month"), kind="month", sort=True, link=statement_url, card="title"),
    Column("number", _("Statement number"), sort=True, hidden=True),
    Column("dealer.code", _("Dealer code"), sort=True),
    Column("dealer.name", _("Dealer name"), sort=True, card="fact"),
    Column("batch.county.name", _("County"), sort="batch__county__path"),
    Column("gross", _("Gross"), kind="money", unit=YUAN, sort=True, total=True),
    Column("withheld", _("Withheld"), kind="money", unit=YUAN, sort=True, total=True),
    Column("pool", _("Pool"), kind="money", unit=YUAN, sort=True, total=True, card="fact"),
    Column("paid", _("Paid out"), kind="money", unit=YUAN, sort=True, total=True, card="fact"),
    Column("batch.state", _("State"), kind="badge", states=states.BATCH, sort=True, card="state"),
    Column("confirmed", _("Confirmed"), kind="datetime", value=lambda one: _confirmed_at(one)),
    sort="-batch.month",
)

OWN_STATEMENTS = Table(
    Column("batch.month", _("Month"), kind="month", sort=True, link=statement_url, card="title"),
    Column("paid", _("Paid out"), kind="money", unit=YUAN, sort=True, card="fact"),
    Column("gross", _("Commission earned"), kind="money", unit=YUAN, sort=True, card="fact"),
    Column("withheld", _("Withheld"), kind="money", unit=YUAN, sort=True),
    Column("pool", _("To the pool"), kind="money", unit=YUAN, sort=True, card="fact"),
    Column("batch.state", _("State"), kind="badge", states=states.BATCH, sort=True, card="state"),
    Column("confirmed", _("Confirmed"), kind="datetime", value=lambda one: _confirmed_at(one)),
    sort="-batch.month",
)


def _confirmed_at(statement: Statement) -> Any:
    confirmation = getattr(statement, "confirmation", None)
    return confirmation.at if confirmation else None


_FACTS = (
    Column("title", _("For what"), value=line_title, link=line_url, card="title"),
    Column("record.event_no", _("Event number"), sort=True, hidden=True),
    Column("record.event_date", _("Date"), kind="date", sort=True),
    Column("record.business_type", _("Business"), value=lambda line: _business(line), sort=True),
    Column("record.msisdn", _("Service number"), kind="masked"),
    Column("kind", _("Commission kind"), value=_kind, sort=True, card="fact"),
    Column("instalment", _("Instalment"), kind="number", sort=True),
)
_FIGURES = (
    Column("total", _("Total commission"), kind="money", unit=YUAN, sort=True, hidden=True),
    Column("amount", _("Amount"), kind="money", unit=YUAN, sort=True, total=True, card="fact"),
    Column("withheld", _("Withheld"), kind="money", unit=YUAN, sort=True, total=True),
    Column("pool_amount", _("To the pool"), kind="money", unit=YUAN, sort=True, total=True),
    Column("payable", _("Payable"), kind="money", unit=YUAN, sort=True, total=True),
    Column("reason", _("Reason"), value=line_reason, sort=True, wrap=True, card="fact"),
)


def _business(line: CommissionLine) -> Any:
    return line.record.get_business_type_display() if line.record_id and line.record else None


BATCH_LINES = Table(
    *_FACTS[:2],
    Column("dealer.code", _("Dealer code"), sort=True, hidden=True),
    Column("dealer.name", _("Dealer name"), card="fact"),
    Column("record.event_date", _("Date"), kind="date", sort=True),
    Column("record.business_type", _("Business"), value=lambda line: _business(line), sort=True, hidden=True),
    Column("record.msisdn", _("Service number"), kind="masked", hidden=True),
    Column("kind", _("Commission kind"), value=_kind, sort=True),
    Column("instalment", _("Instalment"), kind="number", sort=True),
    Column("rule.code", _("Rule"), sort=True),
    Column("due_month", _("Due month"), kind="month", sort=True, hidden=True),
    *_FIGURES,
)

STATEMENT_LINES = Table(
    *_FACTS,
    Column("due_month", _("Due month"), kind="month", sort=True, hidden=True),
    *_FIGURES,
)

UNPRICED = Table(
    Column("record.event_no", _("Event number"), sort=True, card="title"),
    Column("record.event_date", _("Date"), kind="date", sort=True, card="fact"),
    Column(
        "record.business_type",
        _("Business"),
        value=lambda one: one.record.get_business_type_display(),
        sort=True,
        card="fact",
    ),
    Column("record.product.name", _("Product"), sort=True),
    Column("record.seller.code", _("Dealer code"), sort=True),
    Column("record.seller.name", _("Dealer name"), card="fact"),
    Column("record.amount", _("Amount"), kind="money", unit=YUAN, sort=True),
    Column("reason", _("Why"), value=lambda one: one.get_reason_display(), sort=True, card="state", wrap=True),
    key="record_id",
    tie="record_id",
    sort="record.event_date",
)

PAYMENTS = Table(
    Column("statement.dealer.code", _("Dealer code"), sort=True),
    Column(
        "statement.dealer.name",
        _("Dealer name"),
        sort=True,
        card="title",
        link=lambda one: statement_url(one.statement),
    ),
    Column("statement.number", _("Statement number"), sort=True, hidden=True),
    Column("attempt", _("Attempt"), kind="number", sort=True),
    Column("amount", _("Amount"), kind="money", unit=YUAN, sort=True, total=True, card="fact"),
    Column("bank", _("Bank")),
    Column("account", _("Account"), kind="masked"),
    Column("state", _("State"), kind="badge", states=Payment.machine, sort=True, card="state"),
    Column("reason", _("Reason"), wrap=True, card="fact"),
    Column("issued_at", _("Issued at"), kind="datetime", sort=True, card="fact"),
    Column("recorded_at", _("Result recorded at"), kind="datetime", sort=True),
    sort="statement.dealer.code",
)

ACCOUNTS = Table(
    Column("dealer.code", _("Dealer code"), sort=True),
    Column(
        "dealer.name",
        _("Dealer name"),
        sort=True,
        card="title",
        link=lambda one: reverse("commissions:account", args=[one.pk]),
    ),
    Column("dealer.org_unit.name", _("Org unit"), sort="dealer__org_unit__path", card="fact"),
    Column("bank", _("Bank"), sort=True, card="fact"),
    Column("number", _("Account number"), kind="masked"),
    Column("holder", _("Account holder"), sort=True, card="fact"),
    Column("state", _("State"), kind="badge", states=DealerAccount.machine, sort=True, card="state"),
    Column("entered_by.name", _("Entered by")),
    Column("entered_at", _("Entered at"), kind="datetime", sort=True),
    Column("verified_by.name", _("Verified by")),
    sort="entered_at",
)

POOLS = Table(
    Column("dealer.code", _("Dealer code"), sort=True),
    Column(
        "dealer.name",
        _("Dealer name"),
        sort=True,
        card="title",
        link=lambda one: reverse("commissions:dealer_pool", args=[one.dealer.code]),
    ),
    Column("dealer.org_unit.name", _("Org unit"), sort="dealer__org_unit__path", card="fact"),
    Column("dealer.stage", _("Life-cycle stage"), value=lambda one: one.dealer.get_stage_display()),
    Column("balance", _("Balance"), kind="money", unit=YUAN, sort=True, total=True, card="fact"),
    sort="-balance",
)

POOL_ENTRIES = Table(
    Column("posted_at", _("Posted at"), kind="datetime", sort=True, card="fact"),
    Column("month", _("Month"), kind="month", sort=True, card="title"),
    Column("entry", _("Entry"), value=lambda one: one.get_entry_display(), sort=True, card="state"),
    Column("amount", _("Amount"), kind="money", unit=YUAN, card="fact"),
    Column("balance", _("Balance"), kind="money", unit=YUAN, card="fact"),
    Column("source", _("Source document")),
    tie="-id",
    sort="-posted_at",
)

POLICIES = Table(
    Column("code", _("Policy code"), sort=True, card="fact"),
    Column("name", _("Name"), sort=True, card="title", link=lambda one: reverse("commissions:policy", args=[one.code])),
    Column("org_unit.name", _("Owner"), sort="org_unit__path", card="fact"),
    Column("rule_count", _("Rules"), kind="number", sort=True, card="fact"),
    Column("state", _("State"), kind="badge", states=states.POLICY, sort=True, card="state"),
    Column("proposed_by.name", _("Proposed by")),
    Column("approved_by.name", _("Approved by")),
    Column("published_at", _("Published at"), kind="datetime", sort=True),
    sort="-published_at",
)

SIMULATED_DEALERS = Table(
    Column("dealer.code", _("Dealer code"), sort=True),
    Column("dealer.name", _("Dealer name"), sort=True, card="title"),
    Column("county.name", _("County"), sort="county__path"),
    Column("tier", _("Tier"), value=lambda one: TIERS.get(one.tier, one.tier), sort=True),
    Column("total_before", _("Month's sales in all, settled"), kind="money", unit=YUAN, sort=True, total=True),
    Column("total_after", _("Month's sales in all, simulated"), kind="money", unit=YUAN, sort=True, total=True),
    Column("gross_before", _("Gross, settled"), kind="money", unit=YUAN, sort=True, total=True, card="fact"),
    Column("gross_after", _("Gross, simulated"), kind="money", unit=YUAN, sort=True, total=True, card="fact"),
    Column("gross_change", _("Change of gross"), kind="money", unit=YUAN, sort=True, total=True, card="fact"),
    Column("net_before", _("Net, settled"), kind="money", unit=YUAN, sort=True, total=True, hidden=True),
    Column("net_after", _("Net, simulated"), kind="money", unit=YUAN, sort=True, total=True, hidden=True),
    Column("paid_before", _("Paid out, settled"), kind="money", unit=YUAN, sort=True, total=True, hidden=True),
    Column("paid_after", _("Paid out, simulated"), kind="money", unit=YUAN, sort=True, total=True, hidden=True),
    sort="-gross_change",
)


def with_filter(url: str, **query: Any) -> str:
    """`url` with the filters that are set."""
    chosen = {key: value for key, value in query.items() if value not in (None, "")}
    return f"{url}?{urlencode(chosen)}" if chosen else url


HELD = {True: State("held", _("Everything holds"), "green"), False: State("broken", _("Broken"), "red")}

LEDGER_CHECKS = Table(
    Column(
        "finished_at",
        _("Finished"),
        kind="datetime",
        sort=True,
        link=lambda one: reverse("commissions:ledger_check", args=[one.pk]),
        card="title",
    ),
    Column("held", _("Outcome"), kind="badge", value=lambda one: HELD[one.held], sort=True, card="state"),
    Column("broken", _("Broken"), kind="number", sort=True, card="fact"),
    Column("cause", _("Cause"), value=lambda one: one.get_cause_display(), sort=True, card="fact"),
    Column("by.name", _("Asked by")),
    Column("seconds", _("Seconds"), kind="number", value=lambda one: _seconds(one), hidden=True),
    sort="-finished_at",
)


def _seconds(check: LedgerCheck) -> float:
    return round((check.finished_at - check.started_at).total_seconds(), 1)


LEDGER_FINDINGS = Table(
    Column("what", _("What"), sort=True, wrap=True, card="title"),
    Column("found", _("Found"), wrap=True, card="fact"),
    Column("expected", _("Expected"), wrap=True, card="fact"),
    Column("unit.name", _("Org unit"), sort="unit__path"),
    Column("check_code", _("What should hold"), value=lambda one: ledger_checks.label_of(one.check_code), wrap=True),
    sort="what",
)
