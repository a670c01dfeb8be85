"""Versions of what a settlement reads: the same versions mean the same rows."""

import hashlib
from functools import cache
from pathlib import Path

from core import sql

# Histories of the small tables that decide which rule prices a record.
HISTORIES = (
    "commissions_commissionruleevent",
    "inventory_productevent",
    "dealers_dealertierevent",
    "dealers_dealerunitevent",
    "dealers_dealerendingevent",
    "dealers_agreementevent",
    "accounts_orgunitevent",
)
# Which rows count, where not all do: a draft's rules price nothing, and a published one stays published.
THAT_COUNT = {"commissions_commissionruleevent": "WHERE published"}
PROGRAM = Path(__file__).parents[1]
MADE_BY = ("bulk/*.py", "rules/*.py", "queries/policies.py", "services/settlement.py")


def current() -> dict[str, str]:
    """Small table to a text that changes with every change of its rows (new ones in its history, deleted by number)."""
    union = " UNION ALL ".join(
        f"""SELECT '{history}' AS name, count(*) || '/' || coalesce(max(pgh_id), 0) || '/'
                   || (SELECT count(*) FROM {history.removesuffix("event")} {which}) AS version
              FROM {history} {which}"""  # noqa: S608 - constants
        for history, which in ((history, THAT_COUNT.get(history, "")) for history in HISTORIES)
    )
    return {row["name"]: row["version"] for row in sql.fetch_all(union)}


def of_facts() -> dict[str, str]:
    """Large table to a text that changes with every statement that changed it (of sales records: not new ones)."""
    return _versions_by("table_name", "month IS NULL")


def of_arrivals() -> dict[str, str]:
    """Month to a text that changes with every statement that brought sales records of it."""
    return _versions_by("to_char(month, 'YYYY-MM')", "month IS NOT NULL")


def _versions_by(what: str, which: str) -> dict[str, str]:
    query = f"""SELECT {what} AS what, count(*) || '/' || max(id) AS version
                  FROM inventory_factchange WHERE {which} GROUP BY 1"""  # noqa: S608 - constants
    rows = sql.fetch_all(query)
    return {row["what"]: row["version"] for row in rows}


@cache
def of_program() -> str:
    """A digest of the program that prices records and writes lines: a new version settles anew."""
    files = sorted(file for place in MADE_BY for file in PROGRAM.glob(place))
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:16]
