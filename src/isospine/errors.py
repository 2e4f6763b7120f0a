"""The exceptions that a user is meant to read."""


class InputError(Exception):
    """Something the user gave is wrong: a file, a config key or a BIDS entity.

    The message is one sentence that names the culprit, then what was expected and how to mend it.
    """


class PassingError(InputError):
    """Something that may be right a moment later: a remote that is down, or is asked too much."""
