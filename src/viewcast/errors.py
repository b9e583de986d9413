"""The one exception that a user is meant to read, and what a full or read-only disk becomes as one."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterator

_FULL = {errno.ENOSPC, errno.EDQUOT}
_READ_ONLY = {errno.EROFS}
_FORBIDDEN = {errno.EACCES, errno.EPERM}
# Libraries in C write the number into the message of an exception of their own.
_NUMBER = re.compile(r"\berrno(?: = |:? )(\d+)\b", re.IGNORECASE)


class ViewcastError(Exception):
    """Something the user can mend: the message is one paragraph and says what to do."""


def error_of_disk(error: BaseException, target: str | os.PathLike[str] | None = None) -> ViewcastError | None:
    """What to say where a file could not be written, because its disk is full or read-only.

    :param error: any exception; those that it was raised from, and while, are looked at too.
    :param target: the file that was being written, if it is known. Only then is a missing permission one to write.
    :returns: None for an error of another kind.
    """
    for one in _chain(error):
        if isinstance(one, ViewcastError):
            return one
        code, name = _code(one), getattr(one, "filename", None)
        if target is not None and (name is None or _beside(str(name), target)):
            name = target
        what = "what the job writes" if name is None else os.fspath(name)
        if code in _FULL:
            return ViewcastError(
                f"The disk that holds {what} is full ({os.strerror(code)}). Make room on it and run the same command "
                "again: what is finished is kept, and nothing is left that is half written."
            )
        if code in _READ_ONLY or (code in _FORBIDDEN and target is not None and name == target):
            return ViewcastError(
                f"{what} cannot be written ({os.strerror(code)}). Make its folder writable, or run in a folder of your "
                "own (--directory), and run the same command again: what is finished is kept."
            )
    return None


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        yield error
        seen.add(id(error))
        error = error.__cause__ or error.__context__


def _code(error: BaseException) -> int:
    """The operating system's number of the error; 0 where there is none."""
    if isinstance(error, OSError) and error.errno:
        return error.errno
    found = _NUMBER.search(str(error))
    return int(found[1]) if found else 0


def _beside(name: str, target: str | os.PathLike[str]) -> bool:
    """Is it the file under which ``target`` is written, or one of its folders?"""
    folder, path = os.path.split(os.path.abspath(target))[0], os.path.abspath(name)
    return os.path.dirname(path) == folder and ".tmp." in name or os.path.commonpath([folder, path]) == path
