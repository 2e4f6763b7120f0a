"""Exceptions whose messages are written for users."""


class InputError(Exception):
    """The user's input is wrong: a file, a configuration key or a BIDS entity.

    The message is one sentence that names the culprit, then what was expected and the remedy.
    """


class PassingError(InputError):
    """An error that may pass: a remote that is down or overloaded."""
