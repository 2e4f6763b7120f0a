"""Check a configuration before anything runs."""

from typing import Any

from isospine.errors import InputError
from isospine.io.yaml import check_values
from isospine.plan.validation import schema_error
from isospine.plan.views import check_views

Config = dict[str, Any]


def check_config(config: Config, schema: dict[str, Any]) -> None:
    """Refuse a configuration that could not run.

    Parameters
    ----------
    config : dict
        The merged configuration.
    schema : dict
        JSON Schema 2020-12 of the configuration.

    Raises
    ------
    InputError
        Naming the key's path, what stands there, and what was expected.
    """
    check_values(config, "configuration")
    message = schema_error(config, schema)
    if message is not None:
        raise InputError(message)
    check_views(config)
