"""The command line: a module for each command, and nothing heavy is imported before a command runs."""

from viewcast.cli.commands import app

__all__ = ["app"]
