"""Points of a month, set-based: what is new is credited once, and summed up in one entry per dealer and kind.

See docs/points.md. `commissions_pointscredit` is unique by kind and subject, so nothing counts twice.
"""

from datetime import date, datetime
from typing import Any

from core import sql
from core.periods import Month

LOCK = "SELECT pg_advisory_xact_lock(hashtext('commissions_points'))"

# What happened: (kind, subject, dealer, what, day). Sales of dealers that cooperated, false ones excepted.
SOLD = """
SELECT '{kind}'::varchar AS kind, sale.id AS subject, sale.seller_id AS dealer_id, sale.business_type AS what,
       sale.event_date AS day
  FROM inventory_salesrecord sale
 WHERE sale.event_date BETWEEN %({first})s AND %({last})s AND sale.seller_id IS NOT NULL
   AND NOT EXISTS (SELECT FROM inventory_falsesale f WHERE f.record_id = sale.id)
   AND NOT EXISTS (SELECT FROM dealers_closed_span span WHERE span.dealer_id = sale.seller_id
                      AND span.from_date <= sale.event_date
                      AND (span.until_date IS NULL OR span.until_date > sale.event_date))
"""
STAYED = """
   AND sale.subscriber_no <> ''
   AND EXISTS (SELECT FROM inventory_subscribermonth m
                WHERE m.month = %(month)s AND m.subscriber_no = sale.subscriber_no AND m.in_network)
"""
VIOLATED = """
SELECT 'violation'::varchar, violation.id, violation.dealer_id, violation.type_id, violation.confirmed_on
  FROM audits_violation violation WHERE violation.confirmed_on BETWEEN %(month)s AND %(month_last)s
"""
HAPPENED = " UNION ALL ".join(
    [
        SOLD.format(kind="sale", first="month", last="month_last"),
        SOLD.format(kind="retained_6", first="first_6", last="last_6") + STAYED,
        SOLD.format(kind="retained_12", first="first_12", last="last_12") + STAYED,
        VIOLATED,
    ]
)
CREDIT = f"""
INSERT INTO commissions_pointscredit (kind, subject, dealer_id, rule_id, points, month, source)
SELECT DISTINCT ON (happened.kind, happened.subject)
       happened.kind, happened.subject, happened.dealer_id, rule.id,
       CASE happened.kind WHEN 'violation' THEN -rule.points ELSE rule.points END, %(month)s, %(source)s
  FROM ({HAPPENED}) happened
  JOIN LATERAL (SELECT org_unit_id FROM dealers_dealerunit span
                 WHERE span.dealer_id = happened.dealer_id AND span.valid_from <= happened.day
                 ORDER BY valid_from DESC LIMIT 1) home ON true
  JOIN accounts_orgunit place ON place.id = home.org_unit_id
  JOIN commissions_pointsrule rule ON rule.kind = happened.kind AND rule.subject IN ('', happened.what)
       AND rule.valid_from <= happened.day AND (rule.valid_to IS NULL OR rule.valid_to >= happened.day)
  JOIN accounts_orgunit owner ON owner.id = rule.org_unit_id AND place.path LIKE owner.path || '%%'
 WHERE NOT EXISTS (SELECT FROM commissions_pointscredit known
                    WHERE known.kind = happened.kind AND known.subject = happened.subject)
 ORDER BY happened.kind, happened.subject, owner.depth DESC, rule.subject DESC
"""  # noqa: S608 - constants

# Sales found false since they were credited: what they earned, taken back once.
FALSE_SALES = """
INSERT INTO commissions_pointscredit (kind, subject, dealer_id, rule_id, points, month, source)
SELECT 'false_sale', credit.subject, min(credit.dealer_id), NULL, -sum(credit.points), %(month)s, %(source)s
  FROM commissions_pointscredit credit
  JOIN inventory_falsesale f ON f.record_id = credit.subject AND f.confirmed_on <= %(month_last)s
 WHERE credit.kind IN ('sale', 'retained_6', 'retained_12')
   AND NOT EXISTS (SELECT FROM commissions_pointscredit known
                    WHERE known.kind = 'false_sale' AND known.subject = credit.subject)
 GROUP BY credit.subject ORDER BY credit.subject
"""

ENTER = """
INSERT INTO commissions_pointsentry (dealer_id, month, entry, points, balance, source, posted_by_id, posted_at)
SELECT dealer_id, %(month)s, kind, sum(points), 0, %(source)s, %(by)s, %(at)s
  FROM commissions_pointscredit WHERE source = %(source)s AND kind IN ('sale', 'retained_6', 'retained_12')
 GROUP BY dealer_id, kind ORDER BY dealer_id, kind
"""
# As much as there is: the balance never goes below zero, and nothing is owed.
TAKE = """
INSERT INTO commissions_pointsentry (dealer_id, month, entry, points, balance, source, posted_by_id, posted_at)
SELECT account.dealer_id, %(month)s, %(kind)s, -least(account.balance, wanted.points), 0, %(source)s, %(by)s, %(at)s
  FROM (SELECT dealer_id, -sum(points) AS points FROM commissions_pointscredit
         WHERE source = %(source)s AND kind = %(kind)s GROUP BY dealer_id) wanted
  JOIN commissions_pointsaccount account USING (dealer_id)
 WHERE account.balance > 0 ORDER BY account.dealer_id
"""

EXPIRE = """
INSERT INTO commissions_pointsentry (dealer_id, month, entry, points, balance, source, posted_by_id, posted_at)
SELECT dealer_id, %(month)s, 'expiry', -(earned - used), 0, %(source)s, %(by)s, %(at)s
  FROM (SELECT dealer_id,
               coalesce(sum(points) FILTER (WHERE entry IN ('sale', 'retained_6', 'retained_12')
                                              AND month <= %(until)s), 0) AS earned,
               -coalesce(sum(points) FILTER (WHERE entry NOT IN ('sale', 'retained_6', 'retained_12')), 0) AS used,
               bool_or(source = %(source)s AND entry = 'expiry') AS done
          FROM commissions_pointsentry GROUP BY dealer_id) sums
 WHERE earned > used AND NOT done ORDER BY dealer_id
"""


def earn(month: Month, *, by: Any, at: datetime) -> dict[str, int]:
    """Credit and enter what is new of a month that is over: how many sales, subscribers and violations counted."""
    sql.execute(LOCK)
    runs = sql.fetch_value(
        "SELECT count(DISTINCT source) FROM commissions_pointscredit WHERE month = %s", [month.first]
    )
    six, twelve = month + -6, month + -12
    params: dict[str, Any] = {
        "month": month.first,
        "month_last": month.last,
        "first_6": six.first,
        "last_6": six.last,
        "first_12": twelve.first,
        "last_12": twelve.last,
        "source": f"{month}#{runs + 1}",
        "by": by.pk if by else None,
        "at": at,
    }
    sql.execute(CREDIT, params)
    sql.execute(FALSE_SALES, params)
    sql.execute(ENTER, params)
    for kind in ("false_sale", "violation"):
        sql.execute(TAKE, {**params, "kind": kind})
    rows = sql.fetch_all(
        "SELECT kind, count(*) AS count FROM commissions_pointscredit WHERE source = %(source)s GROUP BY kind", params
    )
    return {row["kind"]: row["count"] for row in rows}


def expire(*, source: str, month: date, until: date, by: Any, at: datetime) -> int:
    """Enter what expires of the points earned up to the month `until`, once for a `source`: how many entries."""
    sql.execute(LOCK)
    return sql.execute(
        EXPIRE, {"source": source, "month": month, "until": until, "by": by.pk if by else None, "at": at}
    )
