"""What the database itself refuses: changed frozen figures, changed ledgers, unequal lines.

Lines live in one partition per batch. A calculation makes or empties it
(`commissions_open_lines`), fills it without indexes, closes it (`commissions_close_lines`),
which builds the indexes and refuses an instalment that another live batch has settled,
and at last attaches it if it is new (`commissions_attach_lines`).
"""

from django.db import migrations

LINES = """
CREATE TABLE commissions_commissionline (
    id bigint NOT NULL,
    batch_id bigint NOT NULL,
    dealer_id bigint NOT NULL,
    record_id bigint,
    rule_id bigint,
    line_type varchar(10) NOT NULL,
    kind varchar(10) NOT NULL DEFAULT '',
    instalment smallint,
    due_month date NOT NULL,
    total numeric(12, 2),
    amount numeric(12, 2) NOT NULL,
    withheld numeric(12, 2) NOT NULL DEFAULT 0,
    pool_amount numeric(12, 2) NOT NULL DEFAULT 0,
    payable numeric(12, 2) NOT NULL,
    reason varchar(60) NOT NULL DEFAULT '',
    origin bigint,
    CONSTRAINT line_adds_up CHECK (amount = pool_amount + payable),
    CONSTRAINT line_withheld_or_earned CHECK (withheld = 0 OR amount = 0),
    CONSTRAINT line_id_names_batch CHECK (id >> 32 = batch_id),
    CONSTRAINT line_shape CHECK (
        CASE WHEN line_type IN ('record', 'clawback')
             THEN record_id IS NOT NULL AND rule_id IS NOT NULL AND instalment >= 1 AND total IS NOT NULL
             ELSE record_id IS NULL AND instalment IS NULL AND withheld = 0 AND pool_amount = 0 AND amount <> 0 END)
) PARTITION BY LIST (batch_id);

CREATE FUNCTION commissions_is_frozen(batch bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT coalesce((SELECT state IN ('approved', 'paying', 'paid')
                       FROM commissions_settlementbatch WHERE id = batch), false)
$$;

CREATE FUNCTION commissions_refuse(what text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%', what USING ERRCODE = 'check_violation';
END $$;

-- Statements that name a batch's own table.
CREATE FUNCTION commissions_guard_partition() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF commissions_is_frozen(TG_ARGV[0]::bigint) THEN
        PERFORM commissions_refuse('The lines of an approved batch cannot change.');
    END IF;
    RETURN NULL;
END $$;

-- Statements that name the table of all lines.
CREATE FUNCTION commissions_guard_line() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF commissions_is_frozen(OLD.batch_id) THEN
        PERFORM commissions_refuse('The lines of an approved batch cannot change.');
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;

CREATE FUNCTION commissions_guard_added_lines() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM (SELECT DISTINCT batch_id FROM added) touched WHERE commissions_is_frozen(touched.batch_id)) THEN
        PERFORM commissions_refuse('An approved batch takes no more lines.');
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER guard_line BEFORE UPDATE OR DELETE ON commissions_commissionline
    FOR EACH ROW EXECUTE FUNCTION commissions_guard_line();
CREATE TRIGGER guard_added AFTER INSERT ON commissions_commissionline
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION commissions_guard_added_lines();

CREATE FUNCTION commissions_lines_table(batch bigint) RETURNS text
    LANGUAGE sql IMMUTABLE AS $$ SELECT 'commissions_line_b' || batch $$;

-- The batch's own table, empty and without indexes. Not attached yet if it is new, so that
-- nobody waits for the calculation and nothing is left if it is given up.
CREATE FUNCTION commissions_open_lines(batch bigint) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    name text := commissions_lines_table(batch);
    part text;
BEGIN
    IF to_regclass(name) IS NULL THEN
        EXECUTE format('CREATE TABLE %I (LIKE commissions_commissionline INCLUDING DEFAULTS INCLUDING CONSTRAINTS,
                                         CONSTRAINT line_of_batch CHECK (batch_id IS NOT NULL AND batch_id = %s))',
                       name, batch);
        EXECUTE format('CREATE TRIGGER guard_partition BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON %I
                        FOR EACH STATEMENT EXECUTE FUNCTION commissions_guard_partition(%s)', name, batch);
    ELSE
        EXECUTE format('TRUNCATE %I', name);
        FOREACH part IN ARRAY ARRAY['_id', '_once', '_dealer'] LOOP
            EXECUTE format('DROP INDEX IF EXISTS %I', name || part);
        END LOOP;
    END IF;
    RETURN name;
END $$;

-- Last step of a calculation: make the batch's table a part of the table of all lines.
CREATE FUNCTION commissions_attach_lines(batch bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    name text := commissions_lines_table(batch);
BEGIN
    IF NOT EXISTS (SELECT FROM pg_inherits WHERE inhrelid = to_regclass(name)) THEN
        EXECUTE format('ALTER TABLE commissions_commissionline ATTACH PARTITION %I FOR VALUES IN (%s)', name, batch);
    END IF;
END $$;

CREATE FUNCTION commissions_close_lines(batch bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    name text := commissions_lines_table(batch);
    subject commissions_settlementbatch%ROWTYPE;
    other record;
    clash boolean;
BEGIN
    SELECT * INTO STRICT subject FROM commissions_settlementbatch WHERE id = batch;
    EXECUTE format('CREATE UNIQUE INDEX %I ON %I (record_id, kind, instalment, line_type) WHERE record_id IS NOT NULL',
                   name || '_once', name);
    EXECUTE format('CREATE UNIQUE INDEX %I ON %I (id)', name || '_id', name);
    EXECUTE format('CREATE INDEX %I ON %I (dealer_id)', name || '_dealer', name);
    EXECUTE format('SELECT EXISTS (SELECT FROM %I WHERE line_type = ''record'' AND due_month > %L)',
                   name, subject.month) INTO clash;
    IF clash THEN
        PERFORM commissions_refuse(format('Batch %s would settle what is not yet due.', subject.number));
    END IF;
    -- A monthly batch holds nothing due after its month (checked above), a weekly one only
    -- first instalments: nothing else needs a look.
    FOR other IN
        SELECT id, number, kind, month FROM commissions_settlementbatch
         WHERE county_id = subject.county_id AND id <> batch AND state <> 'void'
           AND lines_at IS NOT NULL AND to_regclass(commissions_lines_table(id)) IS NOT NULL
    LOOP
        EXECUTE format(
            'SELECT EXISTS (SELECT FROM %I fresh JOIN %I settled USING (record_id, kind, instalment)
              WHERE fresh.line_type = ''record'' AND settled.line_type = ''record'' AND %s)',
            name, commissions_lines_table(other.id),
            CASE other.kind WHEN 'monthly' THEN format('fresh.due_month <= %L', other.month)
                            ELSE 'fresh.instalment = 1' END)
            INTO clash;
        IF clash THEN
            RAISE EXCEPTION 'Batch % has settled an instalment that batch % would settle again.',
                other.number, subject.number USING ERRCODE = 'unique_violation';
        END IF;
    END LOOP;
END $$;
"""

FREEZE = """
CREATE FUNCTION commissions_guard_batch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state NOT IN ('approved', 'paying', 'paid') THEN
        RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
    END IF;
    IF TG_OP = 'DELETE' THEN
        PERFORM commissions_refuse(format('Batch %s is approved and cannot be deleted.', OLD.number));
    END IF;
    IF (OLD.state, NEW.state) NOT IN (('approved', 'approved'), ('approved', 'paying'), ('approved', 'paid'),
                                      ('paying', 'paying'), ('paying', 'paid'), ('paid', 'paid'))
       OR (to_jsonb(OLD) - 'state' - 'paying_by_id') <> (to_jsonb(NEW) - 'state' - 'paying_by_id') THEN
        PERFORM commissions_refuse(format('Batch %s is approved: its figures cannot change.', OLD.number));
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER guard_batch BEFORE UPDATE OR DELETE ON commissions_settlementbatch
    FOR EACH ROW EXECUTE FUNCTION commissions_guard_batch();

CREATE FUNCTION commissions_guard_of_batch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (TG_OP <> 'INSERT' AND commissions_is_frozen(OLD.batch_id))
       OR (TG_OP <> 'DELETE' AND commissions_is_frozen(NEW.batch_id)) THEN
        PERFORM commissions_refuse('The statements of an approved batch cannot change.');
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;

CREATE TRIGGER guard_statement BEFORE INSERT OR UPDATE OR DELETE ON commissions_statement
    FOR EACH ROW EXECUTE FUNCTION commissions_guard_of_batch();

CREATE FUNCTION commissions_guard_entitlements() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM (SELECT DISTINCT batch_id FROM former) touched WHERE commissions_is_frozen(touched.batch_id)) THEN
        PERFORM commissions_refuse('What an approved batch priced cannot change.');
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER guard_deleted AFTER DELETE ON commissions_entitlement
    REFERENCING OLD TABLE AS former FOR EACH STATEMENT EXECUTE FUNCTION commissions_guard_entitlements();
CREATE TRIGGER guard_updated AFTER UPDATE ON commissions_entitlement
    REFERENCING OLD TABLE AS former FOR EACH STATEMENT EXECUTE FUNCTION commissions_guard_entitlements();

CREATE FUNCTION commissions_guard_rule() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.published AND (TG_OP = 'DELETE'
            OR (to_jsonb(OLD) - 'effective_to') <> (to_jsonb(NEW) - 'effective_to')
            OR (OLD.effective_to IS DISTINCT FROM NEW.effective_to
                AND (NEW.effective_to IS NULL OR NEW.effective_to > coalesce(OLD.effective_to, 'infinity')))) THEN
        PERFORM commissions_refuse(format('Rule %s is published: only its end can be set, to an earlier day.', OLD.code));
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;

CREATE TRIGGER guard_rule BEFORE UPDATE OR DELETE ON commissions_commissionrule
    FOR EACH ROW EXECUTE FUNCTION commissions_guard_rule();
"""

POOL = """
CREATE FUNCTION commissions_post_pool_entry() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO commissions_poolaccount (dealer_id, balance) VALUES (NEW.dealer_id, 0) ON CONFLICT DO NOTHING;
    UPDATE commissions_poolaccount SET balance = balance + NEW.amount WHERE dealer_id = NEW.dealer_id
        RETURNING balance INTO NEW.balance;
    RETURN NEW;
END $$;

CREATE TRIGGER post_entry BEFORE INSERT ON commissions_poolentry
    FOR EACH ROW EXECUTE FUNCTION commissions_post_pool_entry();

CREATE FUNCTION commissions_guard_ledger() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM commissions_refuse('The pool ledger is append-only; its balances follow from its entries.');
END $$;

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON commissions_poolentry
    FOR EACH ROW EXECUTE FUNCTION commissions_guard_ledger();
CREATE TRIGGER only_by_entries BEFORE INSERT OR UPDATE OR DELETE ON commissions_poolaccount
    FOR EACH ROW WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION commissions_guard_ledger();
"""

PAYMENTS = """
CREATE FUNCTION commissions_guard_payment() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.amount <> (SELECT paid FROM commissions_statement WHERE id = NEW.statement_id)
           OR NOT (SELECT commissions_is_frozen(batch_id) FROM commissions_statement WHERE id = NEW.statement_id) THEN
            PERFORM commissions_refuse('A payment is of the amount of an approved statement.');
        END IF;
        RETURN NEW;
    END IF;
    IF TG_OP = 'DELETE' OR OLD.state <> 'issued'
       OR (to_jsonb(OLD) - ARRAY['state', 'reason', 'recorded_by_id', 'recorded_at'])
          <> (to_jsonb(NEW) - ARRAY['state', 'reason', 'recorded_by_id', 'recorded_at']) THEN
        PERFORM commissions_refuse('A payment changes once, when its result is recorded.');
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER guard_payment BEFORE INSERT OR UPDATE OR DELETE ON commissions_payment
    FOR EACH ROW EXECUTE FUNCTION commissions_guard_payment();
"""

DROP = """
DROP TABLE commissions_commissionline CASCADE;
DROP TRIGGER guard_batch ON commissions_settlementbatch;
DROP TRIGGER guard_statement ON commissions_statement;
DROP TRIGGER guard_deleted ON commissions_entitlement;
DROP TRIGGER guard_updated ON commissions_entitlement;
DROP TRIGGER guard_rule ON commissions_commissionrule;
DROP TRIGGER post_entry ON commissions_poolentry;
DROP TRIGGER append_only ON commissions_poolentry;
DROP TRIGGER only_by_entries ON commissions_poolaccount;
DROP TRIGGER guard_payment ON commissions_payment;
DROP FUNCTION commissions_close_lines, commissions_open_lines, commissions_attach_lines, commissions_lines_table,
    commissions_guard_added_lines, commissions_guard_line, commissions_guard_partition, commissions_guard_batch,
    commissions_guard_of_batch, commissions_guard_entitlements, commissions_guard_rule,
    commissions_post_pool_entry, commissions_guard_ledger, commissions_guard_payment,
    commissions_is_frozen, commissions_refuse;
"""


class Migration(migrations.Migration):
    dependencies = [("commissions", "0001_initial")]

    operations = [migrations.RunSQL([LINES, FREEZE, POOL, PAYMENTS], DROP)]
