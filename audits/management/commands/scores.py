from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from audits.models import ScoreRound
from audits.queries import scores
from audits.services import score
from core import clock
from core.commanding import PortalCommand
from core.errors import Refused
from core.periods import InvalidPeriod, Month


class Command(PortalCommand):
    help = "Compute the assessment scores of a month (2026-09); “scores publish MONTH” lets them count."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("words", nargs="+", metavar="[publish] MONTH")
        parser.add_argument("--county", nargs="+", metavar="CODE", help="only these counties")

    def work(self, *, user: Any, words: list[str], county: list[str] | None, **options: Any) -> dict[str, Any]:
        publishes = words[0] == "publish"
        if len(words) != 1 + publishes:
            raise CommandError("Give one month: scores MONTH, or scores publish MONTH.", returncode=2)
        try:
            month = Month.parse(words[-1])
        except InvalidPeriod as error:
            raise CommandError(f"{words[-1]!r} is not a month like 2026-09.", returncode=2) from error
        done, refused = [], []
        for one in scores.counties(user).filter(**({"code__in": county} if county else {})):
            try:
                if publishes:
                    row = ScoreRound.objects.filter(county=one, month=month.first).first()
                    if row is None:
                        continue
                    row = score.publish(scores_of=row, by=user, at=clock.now())
                else:
                    row = score.compute(county=one, month=month, by=user, at=clock.now(), today=clock.today())
            except Refused as refusal:
                refused.append({"county": one.code, "reason": str(refusal), "code": refusal.code})
                continue
            known = row.rows.exclude(score=None).count()
            done.append({"county": one.code, "state": row.state, "dealers": row.rows.count(), "known": known})
        self.failed = bool(refused)
        return {"month": str(month), "counties": done, "refused": refused}
