from audits.models.case import CaseRecord, CrossRegionCase
from audits.models.checklist import ChecklistQuestion, ChecklistSection, ChecklistTemplate
from audits.models.inspection import Inspection, InspectionRound
from audits.models.notice import ViolationNotice
from audits.models.plan import PlannedVisit
from audits.models.rectification import Rectification, RectificationPhoto
from audits.models.score import DealerScore, ScoreRound
from audits.models.violation import Violation, ViolationType
from audits.models.visit import Finding, Visit, VisitAnswer, VisitNote, VisitPhoto

__all__ = [
    "CaseRecord",
    "ChecklistQuestion",
    "ChecklistSection",
    "ChecklistTemplate",
    "CrossRegionCase",
    "DealerScore",
    "Finding",
    "Inspection",
    "InspectionRound",
    "PlannedVisit",
    "Rectification",
    "RectificationPhoto",
    "ScoreRound",
    "Violation",
    "ViolationNotice",
    "ViolationType",
    "Visit",
    "VisitAnswer",
    "VisitNote",
    "VisitPhoto",
]
