"""A statement as a workbook: three sheets of plain rows for `core.exports`."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from django.utils.translation import gettext as _

from commissions import tables
from commissions.models import Statement
from commissions.queries import lines, sources
from core.exports import Sheet
from core.periods import Month

CHUNK = 2_000


def sheets(statement: Statement, found: dict[str, Any]) -> list[Sheet]:
    """`found` is what the statement's page shows; amounts in yuan."""
    return [_summary(statement, found), _groups(found), _lines(statement)]


def _summary(statement: Statement, found: dict[str, Any]) -> Sheet:
    dealer, batch, pool = statement.dealer, statement.batch, found["pool"]
    rows: list[tuple[Any, ...]] = [
        (_("Statement number"), statement.number, None),
        (_("Period"), batch.period, None),
        (_("Dealer"), f"{dealer.code} {dealer.name}", None),
        (_("County"), batch.county.name, None),
        (_("State"), str(found["state"].label), None),
    ]
    rows += [(str(part.label), str(part.help), part.amount) for part in found["parts"]]
    rows += [
        (_("Paid out"), "", statement.paid),
        (_("Withheld instalments"), "", statement.withheld),
        (_("Pool: opening"), "", pool.opening),
        (_("Pool: accrued"), "", pool.accrued),
        (_("Pool: released"), "", pool.released),
        (_("Pool: other entries"), "", pool.other),
        (_("Pool: closing"), "", pool.closing),
    ]
    return Sheet(_("Statement"), [_("Item"), _("Note"), _("Yuan")], ["text", "text", "money"], rows)


def _groups(found: dict[str, Any]) -> Sheet:
    headings = [_("Commission kind"), _("Business"), _("Product"), _("Lines"), _("Amount"), _("Withheld"),
                _("To the pool"), _("Payable")]  # fmt: skip
    kinds = ["text", "text", "text", "number", "money", "money", "money", "money"]
    rows = (
        (
            str(group.kind_label or group.label),
            str(group.business_label),
            group.product,
            group.lines,
            group.amount,
            group.withheld,
            group.pool,
            group.payable,
        )
        for group in [*found["record_groups"], *found["other_groups"]]
    )
    return Sheet(_("By kind and product"), headings, kinds, rows)


def _lines(statement: Statement) -> Sheet:
    headings = [_("Event number"), _("Date"), _("For what"), _("Service number"), _("Commission kind"), _("Instalment"),
                _("Due month"), _("Amount"), _("Withheld"), _("To the pool"), _("Payable"), _("Reason")]  # fmt: skip
    kinds = ["text", "date", "text", "text", "text", "number", "text", "money", "money", "money", "money", "text"]
    return Sheet(_("Lines"), headings, kinds, _line_rows(statement))


def _line_rows(statement: Statement) -> Iterator[tuple[Any, ...]]:
    rows = lines.of_statement(statement).order_by("record__event_date", "pk")
    columns = {column.name: column for column in tables.STATEMENT_LINES.columns}
    for line in _with_sources(rows):
        yield (
            columns["record.event_no"].plain(line),
            columns["record.event_date"].plain(line),
            str(tables.line_title(line)),
            columns["record.msisdn"].plain(line),
            str(columns["kind"].plain(line)),
            line.instalment,
            str(Month.of(line.due_month)),
            line.amount,
            line.withheld,
            line.pool_amount,
            line.payable,
            str(tables.line_reason(line)),
        )


def _with_sources(rows: Any) -> Iterator[Any]:
    coming = rows.iterator(chunk_size=CHUNK)
    while chunk := list(islice(coming, CHUNK)):
        yield from sources.name_sources(chunk)
