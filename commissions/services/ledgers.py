"""Check every invariant of the money, from the stored rows alone, and keep the outcome.

The invariants stand in `commissions.queries.ledger_*`; one county at a time, so that only
its partitions of the lines are read. See docs/commissions.md, "Invariants".
"""

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_noop

from accounts.models import OrgUnit, User
from accounts.roles import Permission, roles_with
from commissions.models import SettlementBatch
from commissions.queries import ledger_lines, ledger_money, ledger_statements
from commissions.queries.batch_facts import content_hash
from commissions.states import FROZEN
from core import ledgers, sql
from core.ledgers import Check, Progress, Report
from core.models import LedgerCheck, Notice

BROKEN = gettext_noop("The ledger check found %(count)s things that do not hold.")

COUNTY_CHECKS: dict[str, Check] = {
    **ledger_lines.COUNTY_CHECKS,
    **ledger_statements.COUNTY_CHECKS,
    **ledger_money.COUNTY_CHECKS,
}
OVERALL_CHECKS: dict[str, Check] = {
    **ledger_lines.EXTRA_CHECKS,
    **ledger_statements.ALL_CHECKS,
    **ledger_money.POOL_CHECKS,
}
CHECKS = {**COUNTY_CHECKS, **OVERALL_CHECKS}

# Lines that somebody took out of the table of all lines are read nevertheless.
DETACHED = """
SELECT relname FROM pg_class
 WHERE relkind = 'r' AND relname ~ '^commissions_line_b[0-9]+$' AND relnamespace = 'public'::regnamespace
   AND NOT EXISTS (SELECT FROM pg_inherits WHERE inhrelid = pg_class.oid)
 ORDER BY relname
"""
COLUMNS = (
    "id, batch_id, dealer_id, record_id, rule_id, line_type, kind, instalment, due_month, total, amount, withheld,"
    " pool_amount, payable, reason, origin"
)
COUNTS = {
    "lines": "SELECT count(*) FROM {lines} line WHERE batch_id = ANY(%(batches)s::bigint[])",
    "records": "SELECT count(*) FROM commissions_entitlement WHERE batch_id = ANY(%(batches)s::bigint[])",
    "statements": "SELECT count(*) FROM commissions_statement WHERE batch_id = ANY(%(batches)s::bigint[])",
    "carries": """SELECT count(*) FROM commissions_carry carry JOIN commissions_statement target
                         ON target.id = carry.target_id WHERE target.batch_id = ANY(%(batches)s::bigint[])""",
    "payments": """SELECT count(*) FROM commissions_payment payment JOIN commissions_statement statement
                          ON statement.id = payment.statement_id
                    WHERE statement.batch_id = ANY(%(batches)s::bigint[])""",
}
OVERALL_COUNTS = {
    "prices": "SELECT count(*) FROM commissions_entitlement",
    "extra": "SELECT count(*) FROM t_book_extra",
    "batches": "SELECT count(*) FROM commissions_settlementbatch",
    "pools": "SELECT count(*) FROM commissions_poolaccount",
    "entries": "SELECT count(*) FROM commissions_poolentry",
}


def verify() -> dict[str, Any]:
    """Look at everything, store nothing. {"checked": {check: things}, "broken": [{"check", "what", …}]}."""
    with sql.snapshot():
        return ledgers.verify().as_dict()


def check_books(
    *, cause: str, by: Any, at: Callable[[], datetime] = timezone.now, progress: Progress | None = None
) -> tuple[LedgerCheck, Report]:
    """Look at everything and store when it held, or what is broken; then who has to know gets a notice."""
    started_at = at()
    with sql.snapshot():
        report = ledgers.verify(progress)
    root = OrgUnit.objects.filter(parent=None).order_by("pk").first()
    with transaction.atomic():
        check = ledgers.keep(
            report, cause=cause, by=by, started_at=started_at, at=at(), elsewhere=root.pk if root else None
        )
        _tell(check)
    return check, report


def check_url(check: LedgerCheck) -> str:
    """The page of the outcome."""
    return reverse("commissions:ledger_check", args=[check.pk])


def _tell(check: LedgerCheck) -> None:
    """A notice for everybody in whose scope something is broken and who may look at it."""
    broken = Counter(check.findings.values_list("unit__path", flat=True))
    people = User.objects.filter(is_active=True, role__in=roles_with(Permission.VIEW_LEDGERS), org_unit__isnull=False)
    notices = []
    for person in people.select_related("org_unit"):
        count = sum(times for path, times in broken.items() if path.startswith(person.org_unit.path))
        if count:
            notices.append(Notice(user=person, text=BROKEN, params={"count": count}, url=check_url(check)))
    Notice.objects.bulk_create(notices)


def look(report: Report, progress: Progress) -> None:
    """The commissions' part of a check of the books."""
    detached = [row["relname"] for row in sql.fetch_all(DETACHED)]
    parts = [f'SELECT {COLUMNS} FROM "{name}"' for name in detached]  # noqa: S608 - names from the catalogue
    whole = f"SELECT {COLUMNS} FROM commissions_commissionline"  # noqa: S608 - constants
    lines = f"({' UNION ALL '.join([whole, *parts])})" if parts else "commissions_commissionline"
    sql.drop_temporary("t_book_part", "t_book_settled", "t_book_extra")
    sql.execute(ledger_lines.PARTS)
    sql.execute(ledger_lines.EXTRA_TABLE)
    by_county: dict[int, list[SettlementBatch]] = {}
    for batch in SettlementBatch.objects.exclude(state="void").exclude(lines_at=None).order_by("county__path", "pk"):
        by_county.setdefault(batch.county_id, []).append(batch)
    for place, (county, batches) in enumerate(by_county.items()):
        progress(place, len(by_county) + 1, "")
        params = {"county": county, "batches": [batch.pk for batch in batches]}
        sql.drop_temporary("t_book_settled")
        for step in (ledger_lines.SETTLED, ledger_lines.EXTRA):
            sql.execute(step.format(lines=lines), params)
        _run(report, COUNTY_CHECKS, lines, params, _count(COUNTS, lines, params, batches=len(batches)))
        _compare_hashes(report, batches)
    progress(len(by_county), len(by_county) + 1, "")
    origins = sql.fetch_all("SELECT DISTINCT origin FROM t_book_extra WHERE line_type = 'clawback'")
    originals = [row["origin"] for row in origins if row["origin"] is not None]
    params = {"originals": originals, "origins": sorted({origin >> 32 for origin in originals})}
    _run(report, OVERALL_CHECKS, lines, params, _count(OVERALL_COUNTS, lines, params))
    sql.drop_temporary("t_book_part", "t_book_settled", "t_book_extra")


def _count(queries: Mapping[str, str], lines: str, params: dict[str, Any], **known: int) -> dict[str, int]:
    return {of: sql.fetch_value(query.format(lines=lines), params) for of, query in queries.items()} | known


def _run(
    report: Report, checks: Mapping[str, Check], lines: str, params: dict[str, Any], counts: dict[str, int]
) -> None:
    for code, check in checks.items():
        report.looked(code, counts[check.of])
        report.add(code, sql.fetch_all(check.query.replace("{lines}", lines), params))


def _compare_hashes(report: Report, batches: list[SettlementBatch]) -> None:
    for batch in batches:
        if batch.state in FROZEN and batch.content_hash:
            now = content_hash(batch)
            if now != batch.content_hash:
                row = {"what": f"batch {batch.number}", "found": now, "expected": batch.content_hash}
                report.add("frozen_has_hash", [{**row, "unit": batch.county_id}])
