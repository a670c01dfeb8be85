"""Files in: one reader, one path and one error file for every kind. See docs/data-contracts.md.

Apps declare their kinds in `<app>/imports.py` with `core.imports.spec`; `engine.load` loads a
file, `runs` keeps the history, `views` and the command `import_data` are its two doors.
"""
