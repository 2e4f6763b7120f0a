"""Exceptions whose messages are written for users."""

from isospine.words import printable


class InputError(Exception):
    """The user's input is wrong: a file, a configuration key or a BIDS entity.

    The message is one sentence that names the culprit, then what was expected and the remedy. It is one line, whatever the
    names of files hold.
    """

    def __init__(self, message: str) -> None:
        super().__init__(printable(message))


class PassingError(InputError):
    """An error that may pass: a remote that is down or overloaded."""
