"""Fill page templates: self-contained HTML in plain ASCII, with all content escaped."""

from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

#: Here are page.html, the frame of every page, which names the style of pages of text, and macros.html, parts of pages.
FOLDER = Path(__file__).parent


@cache
def templates() -> Environment:
    """Return the one environment of all templates, by their paths in this package."""
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.globals["source"] = read_source
    environment.policies["json.dumps_kwargs"] = {"separators": (",", ":"), "allow_nan": False}
    return environment


def read_source(name: str) -> str:
    """Read a style sheet or script of this package, unchanged."""
    return (FOLDER / name).read_text(encoding="ascii").removesuffix("\n")


def render(template: str, /, **content: Any) -> str:
    """Fill a template; characters beyond ASCII become references.

    Parameters
    ----------
    template : str
        Path of the template in this package.
    **content
        Values of its variables: plain text, lists and records, never HTML.

    Raises
    ------
    jinja2.UndefinedError
        If the template uses a variable that has no value.
    """
    page = templates().get_template(template).render(content)
    return page.encode("ascii", "xmlcharrefreplace").decode("ascii")
