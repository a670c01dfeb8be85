from django.db import migrations

# What neighbouring cards became in one statement is one row, whoever wrote it and however.
NOTE_CARDS = """
-- Rows are made and locked in order, so that two statements never wait for each other.
CREATE FUNCTION inventory_post_holdings(nodes bigint[], products bigint[], stocks bigint[], reserves bigint[],
                                        transits bigint[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO inventory_holding (node_id, product_id)
    SELECT node, product FROM unnest(nodes, products) change (node, product) ORDER BY 1, 2 ON CONFLICT DO NOTHING;
    PERFORM FROM inventory_holding WHERE (node_id, product_id) IN (SELECT * FROM unnest(nodes, products))
      ORDER BY node_id, product_id FOR UPDATE;
    UPDATE inventory_holding holding
       SET in_stock = in_stock + stock, reserved = reserved + reserve, in_transit = in_transit + transit
      FROM unnest(nodes, products, stocks, reserves, transits) change (node, product, stock, reserve, transit)
     WHERE node_id = node AND product_id = product;
END $$;

CREATE FUNCTION inventory_note_new_cards() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    n bigint[]; p bigint[]; s bigint[]; r bigint[]; t bigint[];
BEGIN
    INSERT INTO inventory_cardchange (cards, is_new, node_id, state, movement_id, at, context_id)
    SELECT int8range(min(id), max(id), '[]'), true, node_id, state, movement_id, clock_timestamp(),
               (SELECT _pgh_attach_context())
      FROM (SELECT id, node_id, state, movement_id,
                   id - row_number() OVER (PARTITION BY node_id, state, movement_id ORDER BY id) AS island
              FROM fresh) run
     GROUP BY node_id, state, movement_id, island ORDER BY min(id);
    SELECT array_agg(node_id), array_agg(product_id), array_agg(stock), array_agg(reserve), array_agg(transit)
      INTO n, p, s, r, t
      FROM (SELECT node_id, product_id, count(*) FILTER (WHERE state = 'in_stock') AS stock,
                   count(*) FILTER (WHERE state = 'in_stock' AND movement_id IS NOT NULL) AS reserve,
                   count(*) FILTER (WHERE state = 'in_transit') AS transit
              FROM fresh GROUP BY 1, 2) change;
    PERFORM inventory_post_holdings(n, p, s, r, t);
    RETURN NULL;
END $$;

-- A plan made for a few rows is kept and meets many: only hash joins do for both.
CREATE FUNCTION inventory_note_cards() RETURNS trigger LANGUAGE plpgsql
    SET enable_nestloop = off SET enable_mergejoin = off AS $$
DECLARE
    n bigint[]; p bigint[]; s bigint[]; r bigint[]; t bigint[];
BEGIN
    IF EXISTS (SELECT FROM fresh JOIN stale USING (id)
                WHERE (fresh.serial, fresh.product_id) IS DISTINCT FROM (stale.serial, stale.product_id)) THEN
        RAISE EXCEPTION 'A card never changes its serial or product.' USING ERRCODE = 'check_violation';
    END IF;
    WITH change AS MATERIALIZED (
        SELECT id, fresh.product_id, fresh.node_id, fresh.state, fresh.movement_id, stale.node_id AS old_node,
               stale.state AS old_state, stale.movement_id AS old_movement
          FROM fresh JOIN stale USING (id)
         WHERE (fresh.node_id, fresh.state, fresh.movement_id)
               IS DISTINCT FROM (stale.node_id, stale.state, stale.movement_id)
    ), noted AS (
        INSERT INTO inventory_cardchange (cards, node_id, state, movement_id, at, context_id)
        SELECT int8range(min(id), max(id), '[]'), node_id, state, movement_id, clock_timestamp(),
               (SELECT _pgh_attach_context())
          FROM (SELECT id, node_id, state, movement_id,
                       id - row_number() OVER (PARTITION BY node_id, state, movement_id ORDER BY id) AS island
                  FROM change) run
         GROUP BY node_id, state, movement_id, island ORDER BY min(id)
    )
    SELECT array_agg(node_id), array_agg(product_id), array_agg(stock), array_agg(reserve), array_agg(transit)
      INTO n, p, s, r, t
      FROM (SELECT node_id, product_id, sum(stock) AS stock, sum(reserve) AS reserve, sum(transit) AS transit
              FROM (SELECT node_id, product_id, (state = 'in_stock')::int AS stock,
                           (state = 'in_stock' AND movement_id IS NOT NULL)::int AS reserve,
                           (state = 'in_transit')::int AS transit
                      FROM change
                    UNION ALL
                    SELECT old_node, product_id, -(old_state = 'in_stock')::int,
                           -(old_state = 'in_stock' AND old_movement IS NOT NULL)::int,
                           -(old_state = 'in_transit')::int
                      FROM change) part
             GROUP BY 1, 2 HAVING (sum(stock), sum(reserve), sum(transit)) <> (0, 0, 0)) change;
    PERFORM inventory_post_holdings(n, p, s, r, t);
    RETURN NULL;
END $$;

CREATE TRIGGER note_new_cards AFTER INSERT ON inventory_card REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION inventory_note_new_cards();
CREATE TRIGGER note_cards AFTER UPDATE ON inventory_card REFERENCING OLD TABLE AS stale NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION inventory_note_cards();

CREATE FUNCTION inventory_refuse_delete() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'Rows of % are never deleted.', TG_TABLE_NAME USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER keep_cards BEFORE DELETE ON inventory_card
    FOR EACH STATEMENT EXECUTE FUNCTION inventory_refuse_delete();
CREATE TRIGGER keep_changes BEFORE UPDATE OR DELETE ON inventory_cardchange
    FOR EACH STATEMENT EXECUTE FUNCTION inventory_refuse_delete();
"""
NOTE_CARDS_BACK = """
DROP TRIGGER keep_changes ON inventory_cardchange;
DROP TRIGGER keep_cards ON inventory_card;
DROP TRIGGER note_cards ON inventory_card;
DROP TRIGGER note_new_cards ON inventory_card;
DROP FUNCTION inventory_refuse_delete, inventory_note_cards, inventory_note_new_cards, inventory_post_holdings;
"""

# The lines of a movement are fixed as soon as it is submitted; its ends and kind as well.
GUARD_MOVEMENTS = """
CREATE FUNCTION inventory_guard_lines() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM inventory_stockmovement
                WHERE id = coalesce(NEW.movement_id, OLD.movement_id) AND state <> 'draft') THEN
        RAISE EXCEPTION 'The lines of a movement are fixed once it is submitted.' USING ERRCODE = 'check_violation';
    END IF;
    RETURN coalesce(NEW, OLD);
END $$;
CREATE TRIGGER guard_lines BEFORE INSERT OR UPDATE OR DELETE ON inventory_movementline
    FOR EACH ROW EXECUTE FUNCTION inventory_guard_lines();
CREATE FUNCTION inventory_guard_movements() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND OLD.state <> 'draft' THEN
        RAISE EXCEPTION 'A movement is cancelled, not deleted.' USING ERRCODE = 'check_violation';
    END IF;
    IF TG_OP = 'UPDATE' AND OLD.state <> 'draft'
       AND (NEW.kind, NEW.origin_id, NEW.destination_id, NEW.quantity, NEW.made_by_id)
           IS DISTINCT FROM (OLD.kind, OLD.origin_id, OLD.destination_id, OLD.quantity, OLD.made_by_id) THEN
        RAISE EXCEPTION 'A movement is fixed once it is submitted.' USING ERRCODE = 'check_violation';
    END IF;
    RETURN coalesce(NEW, OLD);
END $$;
CREATE TRIGGER guard_movements BEFORE UPDATE OR DELETE ON inventory_stockmovement
    FOR EACH ROW EXECUTE FUNCTION inventory_guard_movements();
"""
GUARD_MOVEMENTS_BACK = """
DROP TRIGGER guard_movements ON inventory_stockmovement;
DROP TRIGGER guard_lines ON inventory_movementline;
DROP FUNCTION inventory_guard_movements, inventory_guard_lines;
"""

FILL = """
INSERT INTO inventory_holding (node_id, product_id, in_stock, in_transit)
SELECT node_id, product_id, count(*) FILTER (WHERE state = 'in_stock'), count(*) FILTER (WHERE state = 'in_transit')
  FROM inventory_card GROUP BY 1, 2;
INSERT INTO inventory_cardchange (cards, is_new, node_id, state, at)
SELECT int8range(min(id), max(id), '[]'), true, node_id, state, now()
  FROM (SELECT id, node_id, state, id - row_number() OVER (PARTITION BY node_id, state ORDER BY id) AS island
          FROM inventory_card) run
 GROUP BY node_id, state, island ORDER BY min(id);
"""
# Collations of serials compare byte by byte in ranges; the unique index follows the database's own order.
SERIALS = 'CREATE INDEX card_serial_range ON inventory_card (serial COLLATE "C")'

ROUTES = (
    ("inbound", "", "city"),
    *(("transfer", one, other) for one, other in (("city", "county"), ("county", "county"), ("hall", "hall"))),
    *(("transfer", "county", kind) for kind in ("hall", "mobile", "direct")),
    *(("issue", "county", kind) for kind in ("agent1", "hall", "mobile", "direct")),
    ("issue", "agent1", "agent2"),
    *(("return", kind, "county") for kind in ("agent1", "hall", "mobile", "direct")),
    ("return", "agent2", "agent1"),
    ("return", "county", "city"),
    *(("loan", "county", kind) for kind in ("county", "agent1", "hall", "mobile", "direct")),
    *(("loan_return", kind, "county") for kind in ("county", "agent1", "hall", "mobile", "direct")),
    *(("write_off", kind, "") for kind in ("city", "county", "agent1", "agent2", "hall", "mobile", "direct")),
)


def set_up_routes(apps, schema_editor):
    Route = apps.get_model("inventory", "Route")
    Route.objects.bulk_create(
        [
            Route(movement_kind=kind, origin_kind=origin, destination_kind=destination)
            for kind, origin, destination in ROUTES
        ]
    )


class Migration(migrations.Migration):
    dependencies = [("inventory", "0040_movements")]

    operations = [
        migrations.RunSQL(FILL, "DELETE FROM inventory_holding"),
        migrations.RunSQL(NOTE_CARDS, NOTE_CARDS_BACK),
        migrations.RunSQL(GUARD_MOVEMENTS, GUARD_MOVEMENTS_BACK),
        migrations.RunSQL(SERIALS, "DROP INDEX card_serial_range"),
        migrations.RunPython(set_up_routes, migrations.RunPython.noop),
    ]
