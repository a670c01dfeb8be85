from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError
from django.utils.translation import gettext_lazy as _

from commissions import payment_file
from commissions.models import PoolRound, SettlementBatch
from commissions.services import payments, pool_payments
from core import clock
from core.commanding import PortalCommand
from core.errors import Refused
from core.exports import csv_lines, xlsx_bytes


class Command(PortalCommand):
    help = (
        "Write a payment file (export NUMBER --out FILE, of a batch or a payout round) or record results (record FILE)."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("action", choices=["export", "record"])
        parser.add_argument("subject", metavar="NUMBER|FILE")
        parser.add_argument("--out", type=Path, help="the payment file, .csv or .xlsx")

    def work(self, *, user: Any, action: str, subject: str, out: Path | None, **options: Any) -> dict[str, Any]:
        if action == "record":
            path = Path(subject)
            if not path.is_file():
                raise CommandError(f"There is no file {subject}.", returncode=2)
            results = payment_file.read_results(path)
            return {"recorded": pool_payments.record(rows=results, by=user, at=clock.now())}
        if out is None:
            raise CommandError("export needs --out FILE.", returncode=2)
        rows = self._issue(subject, user)
        sheet = payment_file.sheet(rows)
        out.write_bytes(b"".join(xlsx_bytes([sheet]) if out.suffix.lower() == ".xlsx" else csv_lines(sheet, bom=False)))
        held = [row for row in rows if row.hold]
        return {
            "number": subject,
            "payments": len(rows) - len(held),
            "amount": sum((row.amount for row in rows if not row.hold), start=payments.Decimal("0.00")),
            "on_hold": [
                {"statement": row.statement, "dealer_code": row.dealer_code, "reason": row.hold_reason} for row in held
            ],
        }

    def _issue(self, number: str, user: Any) -> list[payments.PaymentRow]:
        def visible(model: Any) -> Any:
            return model.objects.visible_to(user) if user is not None else model.objects.all()

        if batch := visible(SettlementBatch).filter(number=number).first():
            return payments.export(batch=batch, by=user, at=clock.now())
        if round_ := visible(PoolRound).filter(number=number).first():
            return pool_payments.export(round_=round_, by=user, at=clock.now())
        raise Refused(_("There is no batch %(number)s.") % {"number": number}, code="unknown_batch")
