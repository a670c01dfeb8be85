"""The table of kinds in docs/data-contracts.md, made from the registry; a test keeps the two equal."""

from core.imports import registry
from core.imports.spec import Column, Kind

HEAD = "| kind | key | columns |\n| --- | --- | --- |\n"


def table() -> str:
    """The kinds of file as a Markdown table: names, keys, columns with Chinese labels and allowed values."""
    return HEAD + "".join(f"{_row(kind)}\n" for kind in registry.kinds())


def _row(kind: Kind) -> str:
    updates = " (updates)" if kind.updates else ""
    columns = ", ".join(_column(column) for column in kind.columns) or "a JSON file, see “Policy file”"
    return f"| `{kind.name}`{updates} | {', '.join(kind.key)} | {columns} |"


def _column(column: Column) -> str:
    name = f"**{column.name}**" if column.required else column.name
    values = f" (`{' '.join(column.choices)}`)" if column.choices else ""
    default = f" = {column.default}" if column.default is not None else ""
    return f"{name} {column.zh}{values}{default}"
