"""Versions of the small tables that decide which rule prices a record."""

from core import sql

TABLES = (
    "commissions_commissionruleevent",
    "inventory_productevent",
    "dealers_dealertierevent",
    "dealers_dealerunitevent",
    "dealers_dealerendingevent",
    "dealers_agreementevent",
)


def current() -> dict[str, str]:
    """Table to a text that changes with every change of its rows (from their history)."""
    union = " UNION ALL ".join(
        f"SELECT '{table}' AS name, count(*) || '/' || coalesce(max(pgh_id), 0) AS version FROM {table}"  # noqa: S608
        for table in TABLES
    )
    return {row["name"]: row["version"] for row in sql.fetch_all(union)}
