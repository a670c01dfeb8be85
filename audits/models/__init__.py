from audits.models.checklist import ChecklistQuestion, ChecklistSection, ChecklistTemplate
from audits.models.violation import Violation, ViolationType
from audits.models.visit import Finding, Visit, VisitAnswer, VisitNote, VisitPhoto

__all__ = [
    "ChecklistQuestion",
    "ChecklistSection",
    "ChecklistTemplate",
    "Finding",
    "Violation",
    "ViolationType",
    "Visit",
    "VisitAnswer",
    "VisitNote",
    "VisitPhoto",
]
