"""The one exception that a user is meant to read."""


class ViewcastError(Exception):
    """Something the user can mend: the message is one paragraph and says what to do."""
