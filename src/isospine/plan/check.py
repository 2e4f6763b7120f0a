"""Check a configuration before anything runs."""

from importlib.util import find_spec
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


def check_codecs(config: Config, conda: bool) -> None:
    """Refuse to code references where the optional package of codecs is missing.

    Parameters
    ----------
    config : dict
        A checked configuration.
    conda : bool
        Whether jobs run in the conda environment of the workflow.

    Raises
    ------
    InputError
        If the jobs would not have it.
    """
    if not config.get("compression"):
        return
    if conda:
        raise InputError(
            "compression: needs the package imagecodecs, which the conda environment of the jobs lacks; run without "
            "--software-deployment-method conda, or set compression to null"
        )
    if find_spec("imagecodecs") is None:
        raise InputError(
            "compression: needs the package imagecodecs, which is not installed; "
            "install it with: pip install 'isospine[compression]', or set compression to null"
        )
