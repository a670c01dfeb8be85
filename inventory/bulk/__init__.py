"""Set-based writes of inventory."""
