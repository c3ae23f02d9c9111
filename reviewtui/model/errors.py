"""The one error tree; every error carries words for the user and a remedy.

::

    ReviewError
    ├── UsageError            the command or a setting makes no sense            exit 2
    ├── InputError            a file or picture from outside cannot be used      exit 1
    ├── NotFoundError         no such asset, version, note, job, folder          exit 1
    ├── RefusedError          a rule of the review model forbids it              exit 1
    │   ├── ConflictError     somebody else was faster; says who, what and when
    │   └── DriftError        bytes on disk are not the bytes that were reviewed
    ├── EngineError           an engine could not make pixels (has an ErrorKind) exit 1
    ├── StoreError            the database or the blob store cannot be used      exit 1
    └── BusyError             try again: locked, or no worker                    exit 3

Caught at three places only: the command line's main, the desk's service helper, and the dispatcher.
"""


class ReviewError(Exception):
    """Base of all expected failures.

    Attributes:
        message: what happened, in words, one line, not yet sanitised for a terminal.
        remedy: what the user can do about it; empty when there is nothing to do.
        exit_code: process status that the command line ends with.
    """

    exit_code = 1

    def __init__(self, message: str, remedy: str = "") -> None:
        """Store the words."""
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        """Message and remedy as one line."""
        return f"{self.message} ({self.remedy})" if self.remedy else self.message


class UsageError(ReviewError):
    """The command, an argument or a setting makes no sense."""

    exit_code = 2


class InputError(ReviewError):
    """A file, picture or text from outside cannot be used."""


class NotFoundError(ReviewError):
    """What was named does not exist."""


class RefusedError(ReviewError):
    """A rule of the review model forbids the act."""


class ConflictError(RefusedError):
    """Somebody else acted first on the same thing."""


class DriftError(RefusedError):
    """The bytes on disk are not the bytes that were reviewed."""


class EngineError(ReviewError):
    """An engine could not make pixels.

    Attributes:
        kind: value of ``reviewtui.model.lifecycle.ErrorKind`` that is stored with the job.
    """

    def __init__(self, kind: str, message: str, remedy: str = "") -> None:
        """Store the kind beside the words."""
        super().__init__(message, remedy)
        self.kind = kind


class StoreError(ReviewError):
    """The database or the blob store cannot be used."""


class BusyError(ReviewError):
    """Nothing is wrong; trying again later can work."""

    exit_code = 3
