"""The frame of a self-contained HTML page, in plain ASCII."""

import html
from collections.abc import Iterable

#: Style of a page of text, tables and figures: readable on a phone and on paper.
TEXT_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 1rem auto; padding: 0 1rem; max-width: 62rem; color: #111;
  background: #fff; overflow-wrap: break-word; }
h1 { font-size: 1.4rem; margin: 0 0 .3rem; }
h2 { font-size: 1.1rem; margin: 1.4rem 0 .4rem; }
p, ul { margin: 0 0 .6rem; }
.answer { border-left: 4px solid #0072b2; background: #eef5fb; padding: .6rem .9rem; margin-bottom: .6rem; }
.answer ul, .answer p:last-child { margin-bottom: 0; }
.warning { border-left: 4px solid #d55e00; background: #fdf3ec; padding: .6rem .9rem; }
.note { color: #444; font-size: .9em; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: .25rem .7rem; border-bottom: 1px solid #ddd; text-align: left; vertical-align: top; }
thead th { background: #f3f3f3; border-bottom: 2px solid #888; }
tbody th { font-weight: 400; }
td.number, th.number { text-align: right; white-space: nowrap; }
td small { display: block; color: #444; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem; margin: 0; }
dt { color: #444; }
dd { margin: 0; min-width: 0; }
img { max-width: 100%; height: auto; }
pre { background: #f3f3f3; padding: .6rem .9rem; overflow-x: auto; }
@media (max-width: 40rem) { dl { grid-template-columns: 1fr; } dd { margin-bottom: .4rem; } }
"""


def document(title: str, style: str, body: str) -> str:
    """Write a whole page around a body of HTML; characters beyond ASCII become references.

    Parameters
    ----------
    title : str
        Plain text, for the browser's tab.
    style : str
        CSS.
    body : str
        HTML, every label in it escaped.
    """
    page = (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{html.escape(title)}</title>\n<style>{style}</style>\n</head>\n<body>\n{body}</body>\n</html>\n"
    )
    return page.encode("ascii", "xmlcharrefreplace").decode("ascii")


def description_list(facts: Iterable[tuple[str, str]]) -> str:
    """HTML list of (term, plain text) pairs."""
    rows = "".join(f"<dt>{html.escape(term)}</dt><dd>{html.escape(text)}</dd>\n" for term, text in facts)
    return f"<dl>\n{rows}</dl>\n"
