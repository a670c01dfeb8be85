"""Cards of a movement, set-based: entered, reserved, sent, received. See docs/inventory.md, "Movements".

The lines of a movement are runs of neighbouring cards; each step is one UPDATE over them, and counted materials are
posted to the holdings. The database keeps what a card's row may be, its history and what nodes hold.
"""

from typing import Any

from core import sql
from inventory.models import StockMovement
from inventory.rules.serials import Span

# Entering

ENTERED = """
CREATE TEMP TABLE t_entered ON COMMIT DROP AS
SELECT DISTINCT ON (card.id) token.place, card.id, card.serial, card.product_id, node.code AS node,
       CASE WHEN card.state <> 'in_stock' THEN card.state WHEN card.node_id <> %(origin)s THEN 'elsewhere'
            WHEN card.movement_id IS NOT NULL THEN 'reserved'
            WHEN known.cards @> card.id THEN 'twice' ELSE '' END AS problem
  FROM unnest(%(firsts)s::text[], %(lasts)s::text[]) WITH ORDINALITY token (first, last, place)
  JOIN inventory_card card ON card.serial COLLATE "C" >= token.first AND card.serial COLLATE "C" <= token.last
       AND length(card.serial) = length(token.first)
  JOIN inventory_stocknode node ON node.id = card.node_id
 CROSS JOIN (SELECT range_agg(cards) AS cards FROM inventory_movementline WHERE movement_id = %(movement)s) known
 ORDER BY card.id, token.place
"""
TAKE = """
INSERT INTO inventory_movementline (movement_id, product_id, quantity, cards)
SELECT %(movement)s, product_id, count(*), int8range(min(id), max(id), '[]')
  FROM (SELECT id, product_id, id - row_number() OVER (PARTITION BY product_id ORDER BY id) AS island
          FROM t_entered WHERE problem = '') run
 GROUP BY product_id, island ORDER BY min(id)
"""
TAKEN = "SELECT place, count(*) AS count FROM t_entered GROUP BY place"
PROBLEMS = """
SELECT problem, count(*) AS count, (array_agg(serial ORDER BY serial))[:%(shown)s] AS serials
  FROM t_entered WHERE problem <> '' GROUP BY problem ORDER BY problem
"""


def enter(
    movement: StockMovement, spans: list[Span], *, shown: int
) -> tuple[int, dict[int, int], list[dict[str, Any]]]:
    """Add what may go to the lines.

    Returns how many cards that were, how many are known of each span (by its place), and the problems of the others:
    `problem` (a state, or elsewhere, reserved, twice), `count`, some `serials`.
    """
    params = {
        "movement": movement.pk,
        "origin": movement.origin_id,
        "firsts": [span.first for span in spans],
        "lasts": [span.last for span in spans],
        "shown": shown,
    }
    sql.drop_temporary("t_entered")
    sql.execute(ENTERED, params)
    sql.execute(TAKE, params)
    known = {row["place"] - 1: row["count"] for row in sql.fetch_all(TAKEN)}
    added = sql.fetch_value("SELECT count(*) FROM t_entered WHERE problem = ''")
    return added, known, sql.fetch_all(PROBLEMS, params)


# What the borrower still holds of a loan.
STILL_LENT = """
  FROM inventory_movementline line
  JOIN inventory_card card ON card.id >= lower(line.cards) AND card.id < upper(line.cards)
  JOIN inventory_stockmovement loan ON loan.id = line.movement_id
 WHERE line.movement_id = %(loan)s AND card.node_id = loan.destination_id AND card.state = 'in_stock'
   AND card.movement_id IS NULL"""
COUNT_LENT = f"SELECT count(*) {STILL_LENT}"
TAKE_BACK = f"""
INSERT INTO inventory_movementline (movement_id, product_id, quantity, cards)
SELECT %(movement)s, product_id, count(*), int8range(min(id), max(id), '[]')
  FROM (SELECT card.id, card.product_id,
               card.id - row_number() OVER (PARTITION BY card.product_id ORDER BY card.id) AS island {STILL_LENT}) run
 GROUP BY product_id, island ORDER BY min(id)
"""  # noqa: S608 - constants


def count_lent(loan: StockMovement) -> int:
    """How many free cards the borrower still holds of the loan."""
    return int(sql.fetch_value(COUNT_LENT, {"loan": loan.pk}))


def take_back(movement: StockMovement, loan: StockMovement) -> None:
    """Put what the borrower still holds into the lines of the loan return."""
    sql.execute(TAKE_BACK, {"movement": movement.pk, "loan": loan.pk})


# Moving

# By the lines in order and by the cards' key within each, so that two documents over the same cards wait for each other
# instead of for ever.
MOVE = """
UPDATE inventory_card card SET {change}
  FROM (SELECT lower(cards) AS first, upper(cards) AS beyond FROM inventory_movementline
         WHERE movement_id = %(movement)s ORDER BY 1 OFFSET 0) line
 WHERE card.id >= line.first AND card.id < line.beyond AND {condition}"""
FREE = "card.node_id = %(origin)s AND card.state = 'in_stock' AND card.movement_id IS NULL"
HELD = "card.movement_id = %(movement)s"
ARRIVED = """card.movement_id = %(movement)s AND card.state = 'in_transit'
           AND NOT EXISTS (SELECT FROM inventory_discrepancy wrong
                            WHERE wrong.movement_id = %(movement)s AND wrong.card_id = card.id)"""
RESERVE = MOVE.format(change="movement_id = %(movement)s", condition=FREE)
RELEASE = MOVE.format(change="movement_id = NULL", condition=HELD)
SHIP = MOVE.format(change="state = 'in_transit'", condition=HELD)
SCRAP = MOVE.format(change="state = 'scrapped', movement_id = NULL", condition=HELD)
ARRIVE = MOVE.format(
    change="state = 'in_stock', node_id = %(destination)s, movement_id = NULL",
    condition=ARRIVED,
)
# What a count found: taken by the document first, so that the card's history names it.
CLAIM_MISSING = MOVE.format(
    change="movement_id = %(movement)s", condition="card.node_id = %(origin)s AND card.state = 'in_stock'"
)
LOSE = MOVE.format(change="state = 'lost', movement_id = NULL", condition=HELD)
CLAIM_LOST = MOVE.format(
    change="state = 'in_stock', node_id = %(destination)s, movement_id = %(movement)s", condition="card.state = 'lost'"
)
CARRY = MOVE.format(change="node_id = %(destination)s, movement_id = NULL", condition=HELD)
NOT_TAKEN = """
SELECT card.serial, CASE WHEN card.state <> 'in_stock' THEN card.state WHEN card.node_id <> %(origin)s THEN 'elsewhere'
                         ELSE 'reserved' END AS problem, other.number AS movement
  FROM inventory_movementline line
  JOIN inventory_card card ON card.id >= lower(line.cards) AND card.id < upper(line.cards)
  LEFT JOIN inventory_stockmovement other ON other.id = card.movement_id
 WHERE line.movement_id = %(movement)s AND card.movement_id IS DISTINCT FROM %(movement)s
 ORDER BY card.serial LIMIT %(shown)s
"""
# Named by serial; turned round: what is not named.
DISCREPANCIES = """
INSERT INTO inventory_discrepancy (movement_id, card_id, kind)
SELECT %(movement)s, card.id, %(kind)s
  FROM inventory_movementline line
  JOIN inventory_card card ON card.id >= lower(line.cards) AND card.id < upper(line.cards)
 WHERE line.movement_id = %(movement)s AND card.movement_id = %(movement)s AND card.state = 'in_transit'
   AND {turned} EXISTS (SELECT FROM unnest(%(firsts)s::text[], %(lasts)s::text[]) token (first, last)
                         WHERE card.serial COLLATE "C" >= token.first AND card.serial COLLATE "C" <= token.last
                           AND length(card.serial) = length(token.first))
ON CONFLICT (movement_id, card_id) DO NOTHING
"""
STRANGE = """
SELECT token.first AS serial FROM unnest(%(firsts)s::text[], %(lasts)s::text[]) token (first, last)
 WHERE NOT EXISTS (SELECT FROM inventory_movementline line
                     JOIN inventory_card card ON card.id >= lower(line.cards) AND card.id < upper(line.cards)
                    WHERE line.movement_id = %(movement)s AND length(card.serial) = length(token.first)
                      AND card.serial COLLATE "C" >= token.first AND card.serial COLLATE "C" <= token.last)
 LIMIT %(shown)s
"""
RESOLVED = {
    "found": "state = 'in_stock', node_id = %(destination)s",
    "returned": "state = 'in_stock'",
    "lost": "state = 'lost'",
    "scrapped": "state = 'scrapped'",
}
RESOLVE = """
UPDATE inventory_card card SET {change}, movement_id = NULL
  FROM (SELECT held.id FROM inventory_card held JOIN inventory_discrepancy wrong ON wrong.card_id = held.id
         WHERE wrong.id = ANY(%(wrong)s) AND held.movement_id = %(movement)s ORDER BY held.id FOR UPDATE OF held) moving
 WHERE card.id = moving.id
"""
# Counted materials: what this step adds to the holdings of the two ends; what has a discrepancy is posted when that is
# resolved.
CARRIED = """SELECT product_id, quantity FROM inventory_movementline WHERE movement_id = %(movement)s AND cards IS NULL
             UNION ALL SELECT product_id, -quantity FROM inventory_discrepancy
              WHERE movement_id = %(movement)s AND product_id IS NOT NULL"""
WRONG = "SELECT product_id, quantity FROM inventory_discrepancy WHERE id = ANY(%(wrong)s) AND product_id IS NOT NULL"
POST_MATERIALS = """
SELECT inventory_post_holdings(array_agg(node), array_agg(product_id), array_agg(stock), array_agg(reserve),
                               array_agg(transit))
  FROM (SELECT node, product_id, sum(quantity * stock) AS stock, sum(quantity * reserve) AS reserve,
               sum(quantity * transit) AS transit
          FROM ({materials}) line
         CROSS JOIN unnest(%(nodes)s::bigint[], %(stocks)s::int[], %(reserves)s::int[], %(transits)s::int[])
                    part (node, stock, reserve, transit)
         GROUP BY node, product_id) change
HAVING count(*) > 0
"""
SHORT = """
SELECT product.name, sum(line.quantity) AS wanted, coalesce(max(holding.in_stock - holding.reserved), 0) AS free
  FROM inventory_movementline line JOIN inventory_product product ON product.id = line.product_id
  LEFT JOIN inventory_holding holding ON holding.node_id = %(origin)s AND holding.product_id = line.product_id
 WHERE line.movement_id = %(movement)s AND line.cards IS NULL
 GROUP BY product.id HAVING sum(line.quantity) > coalesce(max(holding.in_stock - holding.reserved), 0)
"""


def _params(movement: StockMovement, **more: Any) -> dict[str, Any]:
    return {
        "movement": movement.pk,
        "origin": movement.origin_id,
        "destination": movement.destination_id,
        **more,
    }


def _spans(spans: list[Span]) -> dict[str, list[str]]:
    return {"firsts": [span.first for span in spans], "lasts": [span.last for span in spans]}


def _post(
    movement: StockMovement, *parts: tuple[int | None, int, int, int], materials: str = CARRIED, **more: Any
) -> None:
    """Post counted materials: (node, in stock, reserved, in transit), each times their quantity."""
    known = [part for part in parts if part[0] is not None]
    if movement.lines.filter(cards=None).exists():
        columns: dict[str, Any] = dict(
            zip(("nodes", "stocks", "reserves", "transits"), map(list, zip(*known, strict=True)), strict=True)
        )
        sql.execute(POST_MATERIALS.format(materials=materials), _params(movement, **columns, **more))


def _move(step: str, movement: StockMovement) -> int:
    """One UPDATE of the lines' cards; how many it changed."""
    with sql.by_index():
        return sql.execute(step, _params(movement))


def reserve(movement: StockMovement) -> int:
    """Give the cards of the lines to the movement; how many could be had."""
    taken = _move(RESERVE, movement)
    _post(movement, (movement.origin_id, 0, 1, 0))
    return taken


def short_materials(movement: StockMovement) -> list[dict[str, Any]]:
    """The counted materials of which the sender has too few: name, wanted, free."""
    return sql.fetch_all(SHORT, _params(movement))


def not_taken(movement: StockMovement, *, shown: int) -> list[dict[str, Any]]:
    """Cards of the lines that the movement does not hold: serial, problem, movement (its number)."""
    return sql.fetch_all(NOT_TAKEN, _params(movement, shown=shown))


def release(movement: StockMovement) -> None:
    _move(RELEASE, movement)
    _post(movement, (movement.origin_id, 0, -1, 0))


def ship(movement: StockMovement) -> int:
    """Send what is still there (a sale may have taken cards out); how many cards left."""
    sent = _move(SHIP, movement)
    _post(movement, (movement.origin_id, -1, -1, 1))
    return sent


def scrap(movement: StockMovement) -> int:
    scrapped = _move(SCRAP, movement)
    _post(movement, (movement.origin_id, -1, -1, 0))
    return scrapped


def adjust(movement: StockMovement) -> int:
    """Make the books say what was counted; how many cards that changed. What has changed since is left as it is."""
    if movement.origin_id is None:
        claim, then, posted = CLAIM_LOST, RELEASE, (movement.destination_id, 1, 0, 0)
    elif movement.destination_id is None:
        claim, then, posted = CLAIM_MISSING, LOSE, (movement.origin_id, -1, 0, 0)
    else:
        claim, then, posted = RESERVE, CARRY, (None, 0, 0, 0)
    _move(claim, movement)
    changed = _move(then, movement)
    if posted[0] is not None:
        _post(movement, posted)
    return changed


def take_in(movement: StockMovement) -> None:
    """What comes from outside is in stock at once."""
    _post(movement, (movement.destination_id, 1, 0, 0))


def note_discrepancies(movement: StockMovement, spans: list[Span], *, kind: str, all_but: bool = False) -> int:
    """Note those of the cards in transit that the spans name (`all_but`: that they do not name)."""
    step = DISCREPANCIES.format(turned="NOT" if all_but else "")
    return sql.execute(step, _params(movement, kind=kind, **_spans(spans)))


def strangers(movement: StockMovement, spans: list[Span], *, shown: int) -> list[str]:
    """Beginnings of spans that name no card of the movement."""
    return [row["serial"] for row in sql.fetch_all(STRANGE, _params(movement, shown=shown, **_spans(spans)))]


def arrive(movement: StockMovement) -> int:
    """Put what is in transit and without discrepancy into the receiver's stock."""
    arrived = _move(ARRIVE, movement)
    _post(movement, (movement.origin_id, 0, 0, -1), (movement.destination_id, 1, 0, 0))
    return arrived


def resolve(movement: StockMovement, wrong: list[int], *, becomes: str) -> None:
    """`becomes`: found, returned, lost or scrapped. Cards that are in transit no more are left as they are."""
    sql.execute(RESOLVE.format(change=RESOLVED[becomes]), _params(movement, wrong=wrong))
    goes_to = {"found": movement.destination_id, "returned": movement.origin_id}.get(becomes)
    parts = [(movement.origin_id, 0, 0, -1), (goes_to, 1, 0, 0)]
    _post(movement, *parts, materials=WRONG, wrong=wrong)
