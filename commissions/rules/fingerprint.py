"""A short name for a policy's content: the same text means the same rules."""

import hashlib
import json
from typing import Any


def fingerprint(exported: dict[str, Any]) -> str:
    """SHA-256 of the policy in the form of its file, without what does not decide about money."""
    said = {"org_unit": exported["org_unit"], "rules": exported["rules"]}
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()
