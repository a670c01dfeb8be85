"""What holds of points and rewards: each query finds where it does not. See docs/points.md, "Ledger"."""

from django.utils.translation import gettext_lazy as _

from core import sql
from core.ledgers import Check, Progress, Report

EARNED = "('sale', 'retained_6', 'retained_12')"
HOME = "(SELECT unit.county_id FROM accounts_orgunit unit WHERE unit.id = dealer.org_unit_id)"

COUNTS = {
    "points accounts": "SELECT count(*) FROM commissions_pointsaccount",
    "points entries": "SELECT count(*) FROM commissions_pointsentry",
    "redemptions": "SELECT count(*) FROM commissions_redemption",
    "rewards": "SELECT count(*) FROM commissions_pointsitem",
}
CHECKS = {
    "points_balance": Check(
        "points accounts",
        _("A dealer's points are the sum of their entries and never negative."),
        f"""SELECT 'dealer ' || dealer.code AS what, coalesce(account.balance::text, 'none') AS found,
                   coalesce(entries.points, 0)::text AS expected, {HOME} AS unit
              FROM commissions_pointsaccount account
              FULL JOIN (SELECT dealer_id, sum(points) AS points FROM commissions_pointsentry
                          GROUP BY dealer_id) entries
                   USING (dealer_id)
              JOIN dealers_dealer dealer ON dealer.id = dealer_id
             WHERE account.balance IS DISTINCT FROM coalesce(entries.points, 0) OR account.balance < 0
             ORDER BY 1""",  # noqa: S608 - constants
    ),
    "points_running_balance": Check(
        "points entries",
        _("The balance after each entry of points is that before it and the entry, and never negative."),
        f"""SELECT concat_ws(' ', 'dealer', dealer.code, entry.entry, entry.source) AS what,
                   entry.balance::text AS found, entry.sum::text AS expected, {HOME} AS unit
              FROM (SELECT *, sum(points) OVER (PARTITION BY dealer_id ORDER BY id) AS sum
                      FROM commissions_pointsentry) entry
              JOIN dealers_dealer dealer ON dealer.id = entry.dealer_id
             WHERE entry.balance <> entry.sum OR entry.balance < 0 ORDER BY entry.id""",  # noqa: S608 - constants
    ),
    "points_credited": Check(
        "points entries",
        _("Points earned are what sales and subscribers were credited with."),
        f"""SELECT concat_ws(' ', 'dealer', dealer.code, kind, source) AS what,
                   coalesce(entry.points, 0)::text AS found,
                   coalesce(credit.points, 0)::text AS expected, {HOME} AS unit
              FROM (SELECT dealer_id, entry AS kind, source, points FROM commissions_pointsentry
                     WHERE entry IN {EARNED}) entry
              FULL JOIN (SELECT dealer_id, kind, source, sum(points) AS points FROM commissions_pointscredit
                          WHERE kind IN {EARNED} GROUP BY dealer_id, kind, source) credit
                   USING (dealer_id, kind, source)
              JOIN dealers_dealer dealer ON dealer.id = dealer_id
             WHERE entry.points IS DISTINCT FROM credit.points ORDER BY 1""",  # noqa: S608 - constants
    ),
    "points_redeemed": Check(
        "redemptions",
        _("A redemption holds its points, and none once it is turned down."),
        f"""SELECT 'redemption ' || redemption.reference AS what, coalesce(entry.points, 0)::text AS found,
                   due.points::text AS expected, {HOME} AS unit
              FROM commissions_redemption redemption
              JOIN dealers_dealer dealer ON dealer.id = redemption.dealer_id
              JOIN LATERAL (SELECT CASE WHEN redemption.state IN ('rejected', 'cancelled') THEN 0
                                        ELSE -redemption.points END AS points) due ON true
              LEFT JOIN (SELECT dealer_id, source, sum(points) AS points FROM commissions_pointsentry
                          WHERE entry IN ('redemption', 'returned') GROUP BY dealer_id, source) entry
                   ON entry.dealer_id = redemption.dealer_id AND entry.source = redemption.reference
             WHERE entry.points IS DISTINCT FROM due.points ORDER BY 1""",  # noqa: S608 - constants
    ),
    "rewards_taken": Check(
        "rewards",
        _("What is taken of a reward is what redemptions hold, and not more than there is."),
        """SELECT 'reward ' || item.code AS what, item.taken::text AS found,
                  coalesce(held.quantity, 0)::text AS expected,
                  item.org_unit_id AS unit
             FROM commissions_pointsitem item
             LEFT JOIN (SELECT item_id, sum(quantity) AS quantity FROM commissions_redemption
                         WHERE state NOT IN ('rejected', 'cancelled') GROUP BY item_id) held ON held.item_id = item.id
            WHERE item.taken <> coalesce(held.quantity, 0)
               OR item.taken > item.stock OR item.taken * item.unit_value > item.budget ORDER BY 1""",
    ),
}


def look(report: Report, progress: Progress) -> None:
    """The points' part of a check of the books."""
    counts = {of: sql.fetch_value(query) for of, query in COUNTS.items()}
    for code, check in CHECKS.items():
        report.looked(code, counts[check.of])
        report.add(code, sql.fetch_all(check.query))
