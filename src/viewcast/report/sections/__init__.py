"""The sections of the page as data: tables, lists and sentences; the templates give them their looks."""
