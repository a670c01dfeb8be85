"""What holds of payout rounds and change requests: each query finds where it does not.

See docs/commissions.md, "Invariants".
"""

from django.utils.translation import gettext_lazy as _

from core import sql
from core.ledgers import Check, Progress, Report

CHECKS = {
    "round_equals_rows": Check(
        "rounds",
        _("A payout round is the sum of its rows."),
        """SELECT 'round ' || round.number AS what, round.county_id AS unit
          FROM commissions_poolround round
          LEFT JOIN LATERAL (SELECT count(*) AS dealers, coalesce(sum(basis), 0) AS basis,
                                    coalesce(sum(payout), 0) AS payout, coalesce(sum(forfeit), 0) AS forfeit
                               FROM commissions_poolroundrow WHERE round_id = round.id) sums ON true
         WHERE (round.dealers, round.basis, round.payout, round.forfeit)
               IS DISTINCT FROM (sums.dealers, sums.basis, sums.payout, sums.forfeit)""",
    ),
    "round_row_follows_rule": Check(
        "payouts",
        _("A payout follows from its basis, factor, ratio and reason."),
        """SELECT 'payout ' || part.number AS what, round.county_id AS unit
          FROM commissions_poolroundrow part
          JOIN commissions_poolround round ON round.id = part.round_id
         CROSS JOIN LATERAL (SELECT CASE WHEN part.overridden AND part.reason = '' THEN 1 ELSE part.factor END
                                    AS factor) given
         WHERE (part.payout, part.forfeit) IS DISTINCT FROM (
               CASE WHEN part.reason <> '' AND NOT part.overridden THEN 0
                    ELSE round(part.basis * given.factor * part.ratio, 2) END,
               CASE WHEN part.reason <> '' AND NOT part.overridden OR NOT round.forfeits THEN 0
                    ELSE part.basis - round(part.basis * given.factor, 2) END)
            OR part.overridden <> EXISTS (
               SELECT FROM commissions_countyassessmentevent event
                WHERE event.round_id = part.round_id AND event.dealer_id = part.dealer_id)""",
    ),
    "round_posted_once": Check(
        "payouts",
        _("An approved round is posted to the pools once and as it says; another not at all."),
        """SELECT 'round ' || coalesce(due.number, posted.source)
               || ' dealer ' || coalesce(due.dealer_id, posted.dealer_id) AS what,
               (SELECT county_id FROM commissions_poolround
                 WHERE number = coalesce(due.number, posted.source)) AS unit
          FROM (SELECT round.number, part.dealer_id, step.entry, -step.amount AS amount
                  FROM commissions_poolroundrow part
                  JOIN commissions_poolround round ON round.id = part.round_id AND round.state IN ('approved', 'paid')
                 CROSS JOIN LATERAL (VALUES ('payout', part.payout), ('forfeit_inactive', part.forfeit))
                       AS step (entry, amount)
                 WHERE step.amount <> 0) due
          FULL JOIN (SELECT entry.source, entry.dealer_id, entry.entry, sum(entry.amount) AS amount
                       FROM commissions_poolentry entry
                      WHERE entry.entry IN ('payout', 'forfeit_inactive')
                        AND entry.source IN (SELECT number FROM commissions_poolround)
                      GROUP BY entry.source, entry.dealer_id, entry.entry) posted
               ON posted.source = due.number AND posted.dealer_id = due.dealer_id AND posted.entry = due.entry
         WHERE due.amount IS DISTINCT FROM posted.amount""",
    ),
    "round_three_people": Check(
        "rounds",
        _("Whoever submits, approves and pays a payout round are three people."),
        """SELECT 'round ' || number AS what, county_id AS unit FROM commissions_poolround
         WHERE (state <> 'calculated' AND submitted_by_id IS NULL)
            OR (state IN ('approved', 'paid') AND (approved_by_id IS NULL OR approved_by_id = submitted_by_id))
            OR paying_by_id IN (submitted_by_id, approved_by_id)""",
    ),
    "payout_paid_not_more": Check(
        "payouts",
        _("What is under way or paid of a payout never exceeds it."),
        """SELECT 'payout ' || part.number AS what, round.county_id AS unit
          FROM commissions_poolroundrow part
          JOIN commissions_poolround round ON round.id = part.round_id
          JOIN (SELECT row_id, sum(amount) AS amount FROM commissions_poolpayment
                 WHERE state IN ('issued', 'ok') GROUP BY row_id) payment ON payment.row_id = part.id
         WHERE payment.amount > part.payout""",
    ),
    "round_paid_in_full": Check(
        "rounds",
        _("Of a paid round every payout has been paid."),
        """SELECT 'round ' || round.number AS what, round.county_id AS unit
          FROM commissions_poolround round
         WHERE round.state = 'paid'
           AND EXISTS (SELECT FROM commissions_poolroundrow part
                        WHERE part.round_id = round.id AND part.payout > 0
                          AND NOT EXISTS (SELECT FROM commissions_poolpayment payment
                                           WHERE payment.row_id = part.id AND payment.state = 'ok'))""",
    ),
    "pool_change_posted_once": Check(
        "requests",
        _("An approved change request is posted once; another not at all."),
        """SELECT 'request ' || change.reference AS what, unit.county_id AS unit
          FROM commissions_poolchange change
          JOIN dealers_dealer dealer ON dealer.id = change.dealer_id
          JOIN accounts_orgunit unit ON unit.id = dealer.org_unit_id
          LEFT JOIN (SELECT source, dealer_id, sum(amount) AS amount FROM commissions_poolentry
                      WHERE entry IN ('adjustment', 'penalty') GROUP BY source, dealer_id) posted
               ON posted.source = change.reference AND posted.dealer_id = change.dealer_id
         WHERE coalesce(posted.amount, 0) <> CASE change.state WHEN 'approved' THEN change.amount ELSE 0 END
            OR change.decided_by_id = change.filed_by_id""",
    ),
}
COUNTS = {
    "rounds": "SELECT count(*) FROM commissions_poolround",
    "payouts": "SELECT count(*) FROM commissions_poolroundrow",
    "requests": "SELECT count(*) FROM commissions_poolchange",
}


def look(report: Report, progress: Progress) -> None:
    """The rounds' part of a check of the books."""
    counts = {of: sql.fetch_value(query) for of, query in COUNTS.items()}
    for code, check in CHECKS.items():
        report.looked(code, counts[check.of])
        report.add(code, sql.fetch_all(check.query))
