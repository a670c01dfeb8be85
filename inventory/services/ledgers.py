"""What must hold over cards, movements and holdings, whoever wrote them. See docs/inventory.md, "Invariants"."""

from django.utils.translation import gettext_lazy as _

from core import sql
from core.ledgers import Check, Progress, Report

# What counted materials come to by the documents that moved them, less what did not arrive, and what became of that.
BY_DOCUMENT = """
SELECT node, product_id, sum(quantity * stock) AS in_stock, sum(quantity * reserve) AS reserved,
       sum(quantity * transit) AS in_transit
  FROM (SELECT line.product_id, line.quantity, node, stock, reserve, transit
          FROM inventory_movementline line JOIN inventory_stockmovement document ON document.id = line.movement_id
         CROSS JOIN LATERAL (VALUES
               (origin_id, CASE WHEN state IN ('shipped', 'received', 'closed') THEN -1 ELSE 0 END,
                (state = 'approved')::int, (state = 'shipped')::int),
               (destination_id, CASE WHEN state IN ('received', 'closed') THEN 1 ELSE 0 END, 0, 0)
               ) part (node, stock, reserve, transit)
         WHERE line.cards IS NULL AND state NOT IN ('draft', 'submitted')
        UNION ALL
        SELECT wrong.product_id, wrong.quantity, node, stock, 0, transit
          FROM inventory_discrepancy wrong JOIN inventory_stockmovement document ON document.id = wrong.movement_id
         CROSS JOIN LATERAL (VALUES
               (origin_id, (resolution = 'returned')::int, (resolution = '')::int),
               (destination_id, (resolution = 'found')::int - 1, 0)
               ) part (node, stock, transit)
         WHERE wrong.product_id IS NOT NULL) part
 WHERE node IS NOT NULL
 GROUP BY 1, 2"""

CHECKS = {
    "stock_holdings": Check(
        "holdings",
        _("What a node is said to hold is what is there."),
        f"""
        SELECT node.code || ' ' || product.code AS what, node.org_unit_id AS unit,
               concat_ws('/', coalesce(said.in_stock, 0), coalesce(said.reserved, 0), coalesce(said.in_transit, 0))
                   AS found,
               concat_ws('/', coalesce(there.in_stock, 0), coalesce(there.reserved, 0), coalesce(there.in_transit, 0))
                   AS expected
          FROM inventory_holding said
          FULL JOIN (SELECT node_id, product_id, count(*) FILTER (WHERE state = 'in_stock') AS in_stock,
                            count(*) FILTER (WHERE state = 'in_stock' AND movement_id IS NOT NULL) AS reserved,
                            count(*) FILTER (WHERE state = 'in_transit') AS in_transit
                       FROM inventory_card GROUP BY 1, 2
                     UNION ALL {BY_DOCUMENT}) there
               ON there.node_id = said.node_id AND there.product_id = said.product_id
          JOIN inventory_stocknode node ON node.id = coalesce(said.node_id, there.node_id)
          JOIN inventory_product product ON product.id = coalesce(said.product_id, there.product_id)
         WHERE (coalesce(said.in_stock, 0), coalesce(said.reserved, 0), coalesce(said.in_transit, 0))
               <> (coalesce(there.in_stock, 0), coalesce(there.reserved, 0), coalesce(there.in_transit, 0))
         ORDER BY 1""",  # noqa: S608 - constants
    ),
    "stock_conserved": Check(
        "cards",
        _("Every card that ever came in is still known."),
        """
        SELECT 'cards' AS what, NULL::bigint AS unit, known.count AS found, came.count AS expected
          FROM (SELECT count(*) AS count FROM inventory_card) known,
               (SELECT coalesce(sum(upper(cards) - lower(cards)), 0) AS count
                  FROM inventory_cardchange WHERE is_new) came
         WHERE known.count <> came.count""",
    ),
    "stock_promises": Check(
        "documents",
        _("An open movement holds the cards of its lines, and no card is held otherwise."),
        """
        SELECT document.number AS what, coalesce(origin.org_unit_id, destination.org_unit_id) AS unit,
               count(*) || ' cards' AS found, '0' AS expected
          FROM (SELECT card.movement_id AS id FROM inventory_card card
                  JOIN inventory_stockmovement document ON document.id = card.movement_id
                 WHERE card.movement_id IS NOT NULL
                   AND (document.state NOT IN ('approved', 'shipped', 'received')
                        OR (document.state = 'approved') <> (card.state = 'in_stock')
                        OR NOT EXISTS (SELECT FROM inventory_movementline line
                                        WHERE line.movement_id = document.id AND line.cards @> card.id))
                UNION ALL
                SELECT document.id FROM inventory_stockmovement document
                  JOIN inventory_movementline line ON line.movement_id = document.id
                  JOIN inventory_card card ON card.id >= lower(line.cards) AND card.id < upper(line.cards)
                 WHERE document.state = 'approved' AND card.state = 'in_stock'
                   AND card.movement_id IS DISTINCT FROM document.id) wrong
          JOIN inventory_stockmovement document USING (id)
          LEFT JOIN inventory_stocknode origin ON origin.id = document.origin_id
          LEFT JOIN inventory_stocknode destination ON destination.id = document.destination_id
         GROUP BY 1, 2 ORDER BY 1""",
    ),
    "stock_documents": Check(
        "documents",
        _("A movement's quantity is that of its lines, and a line's that of its cards."),
        """
        SELECT document.number AS what, coalesce(origin.org_unit_id, destination.org_unit_id) AS unit,
               document.quantity AS found,
               coalesce(sum(coalesce(upper(cards) - lower(cards), line.quantity)), 0) AS expected
          FROM inventory_stockmovement document
          LEFT JOIN inventory_movementline line ON line.movement_id = document.id
          LEFT JOIN inventory_stocknode origin ON origin.id = document.origin_id
          LEFT JOIN inventory_stocknode destination ON destination.id = document.destination_id
         WHERE document.state NOT IN ('draft', 'cancelled')
         GROUP BY document.id, 2
        HAVING document.quantity <> coalesce(sum(coalesce(upper(cards) - lower(cards), line.quantity)), 0)
            OR bool_or(upper(cards) - lower(cards) <> line.quantity)
         ORDER BY 1""",
    ),
    "stock_plans": Check(
        "plan_items",
        _("What a plan says is used is what approved uses took."),
        """
        SELECT plan.number || ' ' || dealer.code AS what, dealer.org_unit_id AS unit, item.used AS found,
               coalesce(sum(document.quantity), 0) AS expected
          FROM inventory_planitem item JOIN inventory_materialplan plan ON plan.id = item.plan_id
          JOIN dealers_dealer dealer ON dealer.id = item.dealer_id
          LEFT JOIN inventory_stockmovement document ON document.plan_item_id = item.id
               AND document.state IN ('approved', 'closed')
         GROUP BY item.id, plan.id, dealer.id
        HAVING item.used <> coalesce(sum(document.quantity), 0)
         ORDER BY 1""",
    ),
    "stock_amounts": Check(
        "documents",
        _("What a dealer owes for an issue is the price of what he got of it."),
        """
        SELECT document.number AS what, destination.org_unit_id AS unit, document.amount_due AS found,
               coalesce(sum(line.price * CASE WHEN line.cards IS NULL OR document.state IN ('submitted', 'approved')
                                              THEN line.quantity ELSE coalesce(gone.cards, 0) END), 0)
               - coalesce(max(back.amount), 0) AS expected
          FROM inventory_stockmovement document
          JOIN inventory_stocknode destination ON destination.id = document.destination_id
          LEFT JOIN inventory_movementline line ON line.movement_id = document.id
          LEFT JOIN LATERAL (SELECT sum(upper(line.cards * change.cards) - lower(line.cards * change.cards)) AS cards
                               FROM inventory_cardchange change
                              WHERE change.cards && line.cards AND change.movement_id = document.id
                                AND change.state = 'in_transit') gone ON true
          LEFT JOIN LATERAL (SELECT sum(owed.price * wrong.quantity) AS amount FROM inventory_discrepancy wrong
                               JOIN inventory_movementline owed ON owed.movement_id = wrong.movement_id
                                    AND (owed.cards @> wrong.card_id
                                         OR owed.cards IS NULL AND owed.product_id = wrong.product_id)
                              WHERE wrong.movement_id = document.id
                                AND wrong.resolution IN ('returned', 'written_off')) back ON true
         WHERE document.payment <> 'free' AND document.state NOT IN ('draft', 'cancelled', 'rejected')
         GROUP BY document.id, destination.id
        HAVING document.amount_due
               <> coalesce(sum(line.price * CASE WHEN line.cards IS NULL OR document.state IN ('submitted', 'approved')
                                                 THEN line.quantity ELSE coalesce(gone.cards, 0) END), 0)
                  - coalesce(max(back.amount), 0)
         ORDER BY 1""",
    ),
    # Of each card that a dealer's return carried: where it was put next, and the issue by which he had got it last.
    "stock_returns": Check(
        "documents",
        _("A dealer's return takes back what he owed for the cards that arrived."),
        """
        SELECT document.number AS what, origin.org_unit_id AS unit, document.amount_due AS found,
               -coalesce(back.amount, 0) AS expected
          FROM inventory_stockmovement document
          JOIN inventory_stocknode origin ON origin.id = document.origin_id AND origin.dealer_id IS NOT NULL
          JOIN inventory_stocknode destination
               ON destination.id = document.destination_id AND destination.dealer_id IS NULL
          LEFT JOIN LATERAL (
               SELECT sum(issued.price) AS amount
                 FROM inventory_movementline line
                 JOIN inventory_cardchange sent ON sent.cards && line.cards AND sent.movement_id = document.id
                      AND sent.state = 'in_transit'
                CROSS JOIN generate_series(lower(line.cards * sent.cards), upper(line.cards * sent.cards) - 1) card
                CROSS JOIN LATERAL (SELECT change.node_id, change.state FROM inventory_cardchange change
                                     WHERE change.cards @> card AND change.id > sent.id
                                     ORDER BY change.id LIMIT 1) onward
                CROSS JOIN LATERAL (SELECT owed.price FROM inventory_cardchange change
                                      JOIN inventory_stockmovement issue ON issue.id = change.movement_id
                                           AND issue.kind = 'issue' AND issue.destination_id = document.origin_id
                                      JOIN inventory_movementline owed
                                           ON owed.movement_id = issue.id AND owed.cards @> card
                                     WHERE change.cards @> card AND change.id < sent.id
                                       AND change.state = 'in_transit'
                                     ORDER BY change.id DESC LIMIT 1) issued
                WHERE line.movement_id = document.id AND onward.state = 'in_stock'
                  AND onward.node_id = document.destination_id) back ON true
         WHERE document.kind = 'return' AND document.state IN ('received', 'closed')
           AND document.amount_due <> -coalesce(back.amount, 0)
         ORDER BY 1""",
    ),
}
COUNTS = {
    "holdings": "SELECT count(*) FROM inventory_holding",
    "cards": "SELECT count(*) FROM inventory_card",
    "documents": "SELECT count(*) FROM inventory_stockmovement",
    "plan_items": "SELECT count(*) FROM inventory_planitem",
}


def look(report: Report, progress: Progress) -> None:
    """The inventory's part of a check of the books."""
    for place, (code, check) in enumerate(CHECKS.items()):
        progress(place, len(CHECKS), "")
        report.looked(code, sql.fetch_value(COUNTS[check.of]))
        report.add(code, sql.fetch_all(check.query))
    progress(len(CHECKS), len(CHECKS), "")
