"""What holds of pools and payments: each query finds where it does not. See docs/commissions.md, "Invariants".

`COUNTY_CHECKS` look at one county (`county`) and its live batches (`batches`), the others
at all pools at once.
"""

from django.utils.translation import gettext_lazy as _

from core.ledgers import Check

HOME = "(SELECT unit.county_id FROM accounts_orgunit unit WHERE unit.id = dealer.org_unit_id)"

COUNTY_CHECKS = {
    "accruals_equal_pool": Check(
        "statements",
        _("What an approved batch put into a pool is its statement's pool part; no other batch put anything there."),
        """SELECT concat_ws(' ', 'batch', batch.number, 'dealer', dealer.code) AS what,
                  coalesce(entry.amount, 0)::text AS found,
                  CASE WHEN batch.state IN ('approved', 'paying', 'paid') THEN coalesce(statement.pool, 0)
                       ELSE 0 END::text AS expected, %(county)s AS unit
             FROM (SELECT batch_id, dealer_id, pool FROM commissions_statement
                    WHERE batch_id = ANY(%(batches)s::bigint[])) statement
             FULL JOIN (SELECT batch_id, dealer_id, sum(amount) AS amount FROM commissions_poolentry
                         WHERE batch_id IN (SELECT id FROM commissions_settlementbatch WHERE county_id = %(county)s)
                           AND entry = 'accrual' GROUP BY batch_id, dealer_id) entry USING (batch_id, dealer_id)
             JOIN commissions_settlementbatch batch ON batch.id = batch_id
             JOIN dealers_dealer dealer ON dealer.id = dealer_id
            WHERE coalesce(entry.amount, 0) <> CASE WHEN batch.state IN ('approved', 'paying', 'paid')
                                                    THEN coalesce(statement.pool, 0) ELSE 0 END
            ORDER BY 1""",
    ),
    "clawbacks_equal_entries": Check(
        "statements",
        _("What an approved batch took back from a pool is the pool part of its clawback lines."),
        """SELECT concat_ws(' ', 'batch', batch.number, 'dealer', dealer.code) AS what,
                  coalesce(entry.amount, 0)::text AS found, coalesce(line.amount, 0)::text AS expected,
                  %(county)s AS unit
             FROM (SELECT batch_id, dealer_id, sum(pool_amount) AS amount FROM t_book_extra
                    WHERE county_id = %(county)s AND line_type = 'clawback' AND batch_id IN (
                          SELECT id FROM commissions_settlementbatch WHERE state IN ('approved', 'paying', 'paid'))
                    GROUP BY batch_id, dealer_id) line
             FULL JOIN (SELECT batch_id, dealer_id, sum(amount) AS amount FROM commissions_poolentry
                         WHERE batch_id IN (SELECT id FROM commissions_settlementbatch WHERE county_id = %(county)s)
                           AND entry = 'clawback' GROUP BY batch_id, dealer_id) entry USING (batch_id, dealer_id)
             JOIN commissions_settlementbatch batch ON batch.id = batch_id
             JOIN dealers_dealer dealer ON dealer.id = dealer_id
            WHERE coalesce(entry.amount, 0) <> coalesce(line.amount, 0) ORDER BY 1""",
    ),
    "paid_not_more": Check(
        "payments",
        _("What is under way or paid of a statement never exceeds it."),
        """SELECT 'statement ' || statement.number AS what, sum(payment.amount)::text AS found,
                  statement.paid::text AS expected, %(county)s AS unit
             FROM commissions_statement statement
             JOIN commissions_settlementbatch batch ON batch.id = statement.batch_id
             JOIN commissions_payment payment ON payment.statement_id = statement.id
              AND payment.state IN ('issued', 'ok')
            WHERE batch.county_id = %(county)s
            GROUP BY statement.id, batch.state
           HAVING sum(payment.amount) > CASE WHEN batch.state IN ('approved', 'paying', 'paid')
                                             THEN statement.paid ELSE 0 END
            ORDER BY 1""",
    ),
    "paid_once": Check(
        "payments",
        _("A statement has one payment at most that is under way or has succeeded."),
        """SELECT 'statement ' || statement.number AS what,
                  string_agg(payment.attempt || ' ' || payment.state, ', ' ORDER BY payment.attempt) AS found,
                  'one' AS expected, %(county)s AS unit
             FROM commissions_statement statement
             JOIN commissions_payment payment ON payment.statement_id = statement.id
            WHERE statement.batch_id = ANY(%(batches)s::bigint[]) AND payment.state IN ('issued', 'ok')
            GROUP BY statement.id HAVING count(*) > 1 ORDER BY 1""",
    ),
    "paid_batch_is_paid": Check(
        "batches",
        _("Of a paid batch every amount has been paid."),
        """SELECT 'statement ' || statement.number AS what, 'not paid' AS found, statement.paid::text AS expected,
                  %(county)s AS unit
             FROM commissions_statement statement
             JOIN commissions_settlementbatch batch ON batch.id = statement.batch_id
            WHERE batch.id = ANY(%(batches)s::bigint[]) AND batch.state = 'paid' AND statement.paid > 0
              AND NOT EXISTS (SELECT FROM commissions_payment payment
                               WHERE payment.statement_id = statement.id AND payment.state = 'ok') ORDER BY 1""",
    ),
}

POOL_CHECKS = {
    "pool_balance": Check(
        "pools",
        _("A pool's balance is the sum of its entries and never negative."),
        f"""SELECT 'dealer ' || dealer.code AS what, coalesce(account.balance::text, 'none') AS found,
                   coalesce(entries.amount, 0)::text AS expected, {HOME} AS unit
              FROM commissions_poolaccount account
              FULL JOIN (SELECT dealer_id, sum(amount) AS amount FROM commissions_poolentry GROUP BY dealer_id) entries
                   USING (dealer_id)
              JOIN dealers_dealer dealer ON dealer.id = dealer_id
             WHERE coalesce(account.balance, 0) <> coalesce(entries.amount, 0) OR account.balance < 0
                OR account.balance IS NULL ORDER BY 1""",  # noqa: S608 - constants
    ),
    "pool_running_balance": Check(
        "entries",
        _("The balance after each entry of a pool is that before it and the entry, and never negative."),
        f"""SELECT concat_ws(' ', 'dealer', dealer.code, entry.entry, entry.source) AS what,
                   entry.balance::text AS found,
                   entry.sum::text AS expected, {HOME} AS unit
              FROM (SELECT *, sum(amount) OVER (PARTITION BY dealer_id ORDER BY id) AS sum
                      FROM commissions_poolentry) entry
              JOIN dealers_dealer dealer ON dealer.id = entry.dealer_id
             WHERE entry.balance <> entry.sum OR entry.balance < 0 ORDER BY entry.id""",  # noqa: S608 - constants
    ),
    "pool_entry_once": Check(
        "entries",
        _("A document enters a pool once in each way, with the sign that its kind has."),
        f"""SELECT concat_ws(' ', 'dealer', dealer.code, entry.entry, entry.source) AS what,
                   string_agg(entry.amount::text, ', ' ORDER BY entry.id) AS found, 'one, with its sign' AS expected,
                   {HOME} AS unit
              FROM commissions_poolentry entry JOIN dealers_dealer dealer ON dealer.id = entry.dealer_id
             GROUP BY dealer.id, entry.entry, entry.source
            HAVING count(*) > 1 OR bool_or(entry.amount = 0) OR entry.entry = 'accrual' AND bool_or(entry.amount < 0)
                OR entry.entry NOT IN ('accrual', 'adjustment') AND bool_or(entry.amount > 0)
             ORDER BY 1""",  # noqa: S608 - constants
    ),
}
