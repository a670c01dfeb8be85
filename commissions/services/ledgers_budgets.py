"""What `verify_ledgers` asks of the sums by kind, per live batch."""

BATCH_CHECKS = {
    "kinds_sum_up": """
        SELECT 'batch ' || %(batch)s || ' kind ' || kind
          FROM (SELECT kind, sum(amount) AS gross FROM commissions_commissionline
                 WHERE batch_id = %(batch)s AND line_type = 'record' GROUP BY kind) lines
          FULL JOIN (SELECT kind, gross FROM commissions_batchkind WHERE batch_id = %(batch)s) known USING (kind)
         WHERE lines.gross IS DISTINCT FROM known.gross""",
}
