from audits.models.violation import Violation, ViolationType

__all__ = ["Violation", "ViolationType"]
