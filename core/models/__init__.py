from core.models.idempotency import IdempotencyKey
from core.models.importing import ImportRun
from core.models.job import Job
from core.models.ledger import LedgerCheck, LedgerFinding
from core.models.notice import Notice
from core.models.transition import Transition

__all__ = [
    "IdempotencyKey",
    "ImportRun",
    "Job",
    "LedgerCheck",
    "LedgerFinding",
    "Notice",
    "Transition",
]
