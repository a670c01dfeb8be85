"""The API's addresses, schema and documentation. See docs/api.md."""
