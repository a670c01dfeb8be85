"""What every resource of the API has in common. See docs/api.md."""
