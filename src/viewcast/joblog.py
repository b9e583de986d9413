"""What a job says: everything into its log, a user's error in one paragraph on the screen too."""

from __future__ import annotations

import logging
import sys
import textwrap
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from viewcast.errors import ViewcastError


@contextmanager
def job_log(path: str, *, screen: int = logging.WARNING) -> Iterator[logging.Logger]:
    """Log the body to ``path``; end the process with status 1 if it raises.

    :param screen: what Viewcast itself says from this level on is shown on the screen too.

    A :class:`ViewcastError` is shown as one paragraph, on the screen and in the log; any other exception
    leaves its traceback in the log and its last line on the screen.
    """
    logging.basicConfig(
        filename=path, filemode="w", level=logging.INFO, force=True,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )  # fmt: skip
    logging.captureWarnings(True)
    warnings.simplefilter("default")
    logger = logging.getLogger("viewcast")
    shown = logging.StreamHandler()
    shown.setLevel(screen)
    shown.addFilter(lambda record: record.levelno < logging.ERROR)  # errors are shown as paragraphs
    logger.addHandler(shown)
    try:
        yield logger
    except ViewcastError as error:
        logger.error("%s", error)
        print("\n" + textwrap.fill(str(error), 100, break_long_words=False) + "\n", file=sys.stderr)
        sys.exit(1)
    except Exception as error:
        logger.exception("the job failed")
        print(f"\n{type(error).__name__}: {error}\nThe traceback is in {path}\n", file=sys.stderr)
        sys.exit(1)
