"""The app's resources at /api/v1/. See docs/api.md."""
