from core.models.importing import ImportRun
from core.models.job import Job
from core.models.notice import Notice
from core.models.transition import Transition

__all__ = ["ImportRun", "Job", "Notice", "Transition"]
