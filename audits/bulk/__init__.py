"""Set-based writes of audits."""
