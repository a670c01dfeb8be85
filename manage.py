#!/usr/bin/env python
"""Django's command line, with the embedded servers for as long as the command runs."""

import os
import sys

WITHOUT_SERVERS = {"help", "version", "--help", "--version"}


def main() -> None:
    from django.core.management import execute_from_command_line

    from channels_portal.runtime import servers
    from channels_portal.runtime.home import Home

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "channels_portal.settings")
    if WITHOUT_SERVERS.intersection(sys.argv[1:2] or ["help"]):
        execute_from_command_line(sys.argv)
        return
    with servers.in_use(Home.from_environment()):
        execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
