"""The documentation says what the registry has, and names never change."""

import os
import re
from pathlib import Path

from core.imports import contract, headers, registry

DOCS = Path(__file__).parents[3] / "docs" / "data-contracts.md"
MARKS = re.compile(r"(<!-- kinds: begin -->\n).*(<!-- kinds: end -->)", re.DOTALL)

# Names that other systems use. Columns may be added, none may go.
PROMISED = {
    "org_units": "code name level parent_code",
    "users": "username name role org_unit_code dealer_code phone email",
    "products": "code name family item_kind monthly_fee face_value",
    "cells": "cell_id county_code name latitude longitude",
    "dealers": "code name org_unit_code tier cooperation_start stage agent_level parent_code visit_regime chain_type"
    " payout_rhythm credit_code location_kind floor_area main_business boss_connected accepts_assessment"
    " exclusive_agreement special_evaluation latitude longitude datum contact_name contact_phone manager_username",
    "dealer_tiers": "dealer_code valid_from tier",
    "dealer_units": "dealer_code valid_from org_unit_code",
    "dealer_endings": "dealer_code ended_on cause",
    "dealer_suspensions": "dealer_code from_date to_date reason",
    "agreements": "number dealer_code starts_on ends_on exclusive committed_sales_per_quarter deposit",
    "accounts": "dealer_code number bank holder",
    "stock_nodes": "code name kind org_unit_code parent_code",
    "cards": "serial product_code node_code msisdn expires_on",
    "sales": "event_no business_type occurred_at product_code dealer_code subscriber_no msisdn serial amount cell_id"
    " segment",
    "subscribers": "subscriber_no month county_code in_network call_minutes data_mb billed_amount arrears imei",
    "assessment_scores": "dealer_code month score",
    "subsidies": "dealer_code valid_from monthly_amount valid_to min_score",
    "violations": "reference dealer_code type occurred_on confirmed_on",
    "false_sales": "event_no cause confirmed_on",
    "adjustments": "reference dealer_code month amount type document_no document_name reason",
    "budgets": "org_unit_code period kind amount",
    "pool_changes": "reference dealer_code amount reason",
    "return_ratios": "dealer_code round ratio",
    "product_prices": "product_code tier valid_from price",
    "credit_limits": "dealer_code credit_limit",
    "receipts": "bank_reference dealer_code amount received_on note",
    "routes": "movement_kind origin_kind destination_kind",
    "site_plans": "org_unit_code tier planned",
    "node_keepers": "node_code username",
    "commission_policy": "",
}


def test_docs_have_the_table_of_the_registry():
    """Run with UPDATE_DOCS=1 to write it anew."""
    text = DOCS.read_text(encoding="utf-8")
    wanted = MARKS.sub(lambda found: f"{found[1]}\n{contract.table()}\n{found[2]}", text)
    if os.environ.get("UPDATE_DOCS"):
        DOCS.write_text(wanted, encoding="utf-8")
        text = wanted
    assert text == wanted


def test_promised_kinds_and_columns_are_there():
    for name, columns in PROMISED.items():
        have = {column.name for column in registry.get(name).columns}
        assert set(columns.split()) <= have, name


def test_labels_are_unique_within_a_kind():
    for kind in registry.kinds():
        names = [headers.normalise(word) for column in kind.columns for word in (column.name, column.zh)]
        assert len(names) == len(set(names)), kind.name
        assert not set(names) & {headers.normalise(word) for word in headers.IGNORED} - {"reason"}, kind.name


def test_keys_are_columns():
    for kind in registry.kinds():
        assert set(kind.key) <= {column.name for column in kind.columns}, kind.name
