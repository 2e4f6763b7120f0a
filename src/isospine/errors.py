"""The one exception that a user is meant to read."""


class InputError(Exception):
    """Something the user gave is wrong: a file, a config key or a BIDS entity.

    The message is one sentence that names the culprit, then what was expected and how to mend it.
    """
