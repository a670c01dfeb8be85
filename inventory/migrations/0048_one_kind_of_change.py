from django.db import migrations

# What a card is called is refused before it is written, so that what follows compares nothing but places and states.
KEEP_NAMES = """
CREATE FUNCTION inventory_refuse_renaming() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'A card never changes its serial or product.' USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER keep_names BEFORE UPDATE OF id, serial, product_id ON inventory_card FOR EACH ROW
    WHEN ((OLD.id, OLD.serial, OLD.product_id) IS DISTINCT FROM (NEW.id, NEW.serial, NEW.product_id))
    EXECUTE FUNCTION inventory_refuse_renaming();
"""
KEEP_NAMES_BACK = """
DROP TRIGGER keep_names ON inventory_card;
DROP FUNCTION inventory_refuse_renaming;
"""

# Most statements move neighbouring cards from one place and state to another: two scans tell, and nothing is joined.
NOTE_CARDS = """
CREATE FUNCTION inventory_note_runs(firsts bigint[], beyonds bigint[], place bigint, became text, document bigint)
    RETURNS void LANGUAGE sql AS $$
    INSERT INTO inventory_cardchange (cards, node_id, state, movement_id, at, context_id)
    SELECT int8range(first, beyond), place, became, document, clock_timestamp(), (SELECT _pgh_attach_context())
      FROM unnest(firsts, beyonds) run (first, beyond) ORDER BY first
$$;

CREATE OR REPLACE FUNCTION inventory_note_cards() RETURNS trigger LANGUAGE plpgsql
    SET enable_nestloop = off SET enable_mergejoin = off SET enable_hashjoin = on SET enable_seqscan = on AS $$
DECLARE
    n bigint[]; p bigint[]; s bigint[]; r bigint[]; t bigint[]; places bigint[]; documents bigint[];
    were record; are record; were_alike boolean; are_alike boolean; cards bigint; first bigint; last bigint;
    firsts bigint[]; lasts bigint[];
BEGIN
    SELECT product_id, node_id, state, movement_id INTO were FROM stale LIMIT 1;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    SELECT node_id, state, movement_id INTO are FROM fresh LIMIT 1;
    SELECT bool_and(product_id = were.product_id AND node_id = were.node_id AND state = were.state
                    AND movement_id IS NOT DISTINCT FROM were.movement_id) INTO were_alike FROM stale;
    SELECT bool_and(node_id = are.node_id AND state = are.state AND movement_id IS NOT DISTINCT FROM are.movement_id),
           count(*), min(id), max(id) INTO are_alike, cards, first, last FROM fresh;

    IF were_alike AND are_alike THEN
        IF (are.node_id, are.state, are.movement_id)
           IS NOT DISTINCT FROM (were.node_id, were.state, were.movement_id) THEN
            RETURN NULL;
        END IF;
        firsts := ARRAY[first]; lasts := ARRAY[last + 1];
        IF last - first + 1 > cards THEN
            SELECT array_agg(low), array_agg(high + 1) INTO firsts, lasts
              FROM (SELECT min(id) AS low, max(id) AS high
                      FROM (SELECT id, id - row_number() OVER (ORDER BY id) AS island FROM fresh) run
                     GROUP BY island) island;
        END IF;
        PERFORM inventory_note_runs(firsts, lasts, are.node_id, are.state, are.movement_id);
        SELECT array_agg(node_id), array_agg(were.product_id), array_agg(stock), array_agg(reserve), array_agg(transit)
          INTO n, p, s, r, t
          FROM (SELECT node_id, sum(stock * part) AS stock, sum(reserve * part) AS reserve,
                       sum(transit * part) AS transit
                  FROM (VALUES (are.node_id, (are.state = 'in_stock')::int,
                                (are.state = 'in_stock' AND are.movement_id IS NOT NULL)::int,
                                (are.state = 'in_transit')::int, cards),
                               (were.node_id, (were.state = 'in_stock')::int,
                                (were.state = 'in_stock' AND were.movement_id IS NOT NULL)::int,
                                (were.state = 'in_transit')::int, -cards)) side (node_id, stock, reserve, transit, part)
                 GROUP BY 1 HAVING (sum(stock * part), sum(reserve * part), sum(transit * part)) <> (0, 0, 0)) moved;
        places := ARRAY[are.node_id];
        documents := array_remove(ARRAY[are.movement_id], NULL);
    ELSE
        WITH change AS MATERIALIZED (
            SELECT id, fresh.product_id, fresh.node_id, fresh.state, fresh.movement_id, stale.node_id AS old_node,
                   stale.state AS old_state, stale.movement_id AS old_movement
              FROM fresh JOIN stale USING (id)
             WHERE fresh.node_id <> stale.node_id OR fresh.state <> stale.state
                OR fresh.movement_id IS DISTINCT FROM stale.movement_id
        ), noted AS (
            INSERT INTO inventory_cardchange (cards, node_id, state, movement_id, at, context_id)
            SELECT int8range(min(id), max(id), '[]'), node_id, state, movement_id, clock_timestamp(),
                   (SELECT _pgh_attach_context())
              FROM (SELECT id, node_id, state, movement_id,
                           id - row_number() OVER (PARTITION BY node_id, state, movement_id ORDER BY id) AS island
                      FROM change) run
             GROUP BY node_id, state, movement_id, island ORDER BY min(id)
        ), kinds AS MATERIALIZED (
            SELECT product_id, node_id, state, movement_id, old_node, old_state, old_movement, count(*) AS cards
              FROM change GROUP BY 1, 2, 3, 4, 5, 6, 7
        ), moved AS (
            SELECT node_id, product_id, sum(stock) AS stock, sum(reserve) AS reserve, sum(transit) AS transit
              FROM (SELECT node_id, product_id, kinds.cards * (state = 'in_stock')::int AS stock,
                           kinds.cards * (state = 'in_stock' AND movement_id IS NOT NULL)::int AS reserve,
                           kinds.cards * (state = 'in_transit')::int AS transit
                      FROM kinds
                    UNION ALL
                    SELECT old_node, product_id, -kinds.cards * (old_state = 'in_stock')::int,
                           -kinds.cards * (old_state = 'in_stock' AND old_movement IS NOT NULL)::int,
                           -kinds.cards * (old_state = 'in_transit')::int
                      FROM kinds) part
             GROUP BY 1, 2 HAVING (sum(stock), sum(reserve), sum(transit)) <> (0, 0, 0)
        )
        SELECT array_agg(node_id), array_agg(product_id), array_agg(stock), array_agg(reserve), array_agg(transit),
               (SELECT array_agg(DISTINCT node_id) FROM kinds),
               (SELECT array_agg(DISTINCT movement_id) FROM kinds WHERE movement_id IS NOT NULL)
          INTO n, p, s, r, t, places, documents FROM moved;
    END IF;
    PERFORM inventory_demand_ends(places, documents);
    PERFORM inventory_post_holdings(n, p, s, r, t);
    RETURN NULL;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("inventory", "0047_cards_stay_on_their_page")]

    operations = [
        migrations.RunSQL(KEEP_NAMES, KEEP_NAMES_BACK),
        migrations.RunSQL(NOTE_CARDS, migrations.RunSQL.noop),
    ]
