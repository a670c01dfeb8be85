from core.models.idempotency import IdempotencyKey
from core.models.importing import ImportRun
from core.models.job import Job
from core.models.notice import Notice
from core.models.transition import Transition

__all__ = ["IdempotencyKey", "ImportRun", "Job", "Notice", "Transition"]
