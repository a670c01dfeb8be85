"""How large a file may be. Each can be set in the settings under the same name."""

from django.conf import settings

MB = 1024 * 1024
DEFAULTS = {
    "IMPORT_MAX_CSV_MB": 500,
    "IMPORT_MAX_XLSX_MB": 100,
    "IMPORT_MAX_UNPACKED_MB": 1024,
    "IMPORT_MAX_WHOLE_ROWS": 300_000,
    "IMPORT_BLOCK_BYTES": 4 * MB,
}


def limit(name: str) -> int:
    return int(getattr(settings, name, DEFAULTS[name]))
