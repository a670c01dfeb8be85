"""What the database itself refuses: changed frozen figures, changed ledgers, unequal lines.

Lines live in one partition per batch. A partition is filled and indexed as a table of
its own and attached by `commissions_attach_lines`, which refuses an instalment that
another live batch has settled.
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
    kind varchar(10) NOT NULL,
    instalment smallint,
    due_month date NOT NULL,
    total numeric(12, 2),
    amount numeric(12, 2) NOT NULL,
    withheld numeric(12, 2) NOT NULL,
    pool_amount numeric(12, 2) NOT NULL,
    payable numeric(12, 2) NOT NULL,
    reason varchar(60) NOT NULL,
    origin bigint,
    CONSTRAINT line_adds_up CHECK (amount = pool_amount + payable),
    CONSTRAINT line_withheld_or_earned CHECK (withheld = 0 OR amount = 0),
    CONSTRAINT line_id_names_batch CHECK (id >> 32 = batch_id),
    CONSTRAINT line_shape CHECK (
        CASE WHEN line_type IN ('record', 'clawback')
             THEN record_id IS NOT NULL AND rule_id IS NOT NULL AND instalment >= 1 AND total IS NOT NULL AND kind <> ''
             ELSE record_id IS NULL AND instalment IS NULL AND withheld = 0 AND pool_amount = 0 AND amount <> 0 END)
) PARTITION BY LIST (batch_id);

CREATE FUNCTION commissions_lines_table(batch bigint) RETURNS text
    LANGUAGE sql IMMUTABLE AS $$ SELECT 'commissions_line_b' || batch $$;

-- The table for a batch's new lines, not yet attached; what an earlier try left is dropped.
CREATE FUNCTION commissions_new_lines(batch bigint) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    name text := commissions_lines_table(batch) || '_new';
BEGIN
    EXECUTE format('DROP TABLE IF EXISTS %I', name);
    EXECUTE format('CREATE TABLE %I (LIKE commissions_commissionline INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', name);
    RETURN name;
END $$;

-- Index the new lines and let them take the place of the batch's former ones.
CREATE FUNCTION commissions_attach_lines(batch bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    fresh text := commissions_lines_table(batch) || '_new';
    name text := commissions_lines_table(batch);
    subject commissions_settlementbatch%ROWTYPE;
    twice record;
BEGIN
    SELECT * INTO STRICT subject FROM commissions_settlementbatch WHERE id = batch FOR UPDATE;
    IF subject.state IN ('approved', 'paying', 'paid', 'void') THEN
        RAISE EXCEPTION 'Batch % is %: its lines cannot change.', subject.number, subject.state
            USING ERRCODE = 'check_violation';
    END IF;
    EXECUTE format('ALTER TABLE %I ADD CONSTRAINT %I PRIMARY KEY (id)', fresh, fresh || '_pk');
    EXECUTE format('CREATE UNIQUE INDEX %I ON %I (record_id, kind, instalment, line_type) WHERE record_id IS NOT NULL',
                   fresh || '_once', fresh);
    EXECUTE format('CREATE INDEX %I ON %I (dealer_id, line_type)', fresh || '_dealer', fresh);
    EXECUTE format('ALTER TABLE %I ADD CONSTRAINT %I CHECK (batch_id = %s)', fresh, fresh || '_batch', batch);
    EXECUTE format('ALTER TABLE %I ADD CONSTRAINT %I CHECK (line_type <> ''record'' OR due_month <= %L::date)',
                   fresh, fresh || '_due', subject.month);
    -- A live monthly batch has settled nothing due after its month, so only lines that are
    -- due up to an earlier one, or that a weekly batch may hold, can be settled elsewhere.
    FOR twice IN
        SELECT other.id, other.number, other.kind, other.month
          FROM commissions_settlementbatch other
         WHERE other.county_id = subject.county_id AND other.id <> batch
           AND other.state <> 'void' AND other.lines > 0
    LOOP
        EXECUTE format(
            'SELECT FROM %I fresh JOIN %I old USING (record_id, kind, instalment)
              WHERE fresh.line_type = ''record'' AND old.line_type = ''record'' AND %s LIMIT 1',
            fresh, commissions_lines_table(twice.id),
            CASE twice.kind WHEN 'monthly' THEN format('fresh.due_month <= %L::date', twice.month)
                            ELSE 'fresh.instalment = 1' END)
            INTO subject.note_found;
        IF FOUND THEN
            RAISE EXCEPTION 'Batch % has settled an instalment that batch % would settle again.',
                twice.number, subject.number USING ERRCODE = 'unique_violation';
        END IF;
    END LOOP;
END $$;
"""
