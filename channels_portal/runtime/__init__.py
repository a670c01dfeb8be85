"""What the portal brings along to run by itself: PostgreSQL, Valkey and the processes of the portal.

home        the folder of one installation: data, media, logs, secrets
processes   finding, tying and ending processes
postgres    the embedded database        valkey      the embedded broker
servers     starts both when the environment names none, and shares them between commands
prepare     migrations, static files, translations, demo data
supervisor  ``./script/server``: keeps everything alive

Nothing here imports Django, except `prepare`, so that a first start is quick.
Explained in ``docs/operations.md``.
"""
