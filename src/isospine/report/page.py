"""Pages from templates: self-contained HTML in plain ASCII, everything that a template is given escaped."""

from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

#: Here are page.html, the frame of every page, which names the style of pages of text, and macros.html, parts of pages.
FOLDER = Path(__file__).parent


@cache
def templates() -> Environment:
    """Give the one environment of all templates, by their paths in this package."""
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
    """Text of a style sheet or script of this package, as it is."""
    return (FOLDER / name).read_text(encoding="ascii").removesuffix("\n")


def render(template: str, /, **content: Any) -> str:
    """Fill a template; characters beyond ASCII become references.

    Parameters
    ----------
    template : str
        Path of the template in this package.
    **content
        What its variables stand for: plain text, lists and records, never HTML.

    Raises
    ------
    jinja2.UndefinedError
        If the template asks for something that it is not given.
    """
    page = templates().get_template(template).render(content)
    return page.encode("ascii", "xmlcharrefreplace").decode("ascii")
