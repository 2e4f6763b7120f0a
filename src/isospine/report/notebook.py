"""Run a Jupyter notebook from a rule, and write it as a page that needs no network."""

import os
from pathlib import Path
from tempfile import TemporaryDirectory

import nbformat
from nbclient import NotebookClient
from nbconvert import HTMLExporter
from nbformat import NotebookNode
from traitlets.config import Config

from isospine.report.page import render

#: It names its own style.
TEMPLATE = "notebook.html"
#: Longest time of one cell in seconds.
PATIENCE = 600


def run_notebook(source: Path, folder: Path) -> NotebookNode:
    """Execute a notebook in a kernel of this Python, and return it with its outputs.

    Parameters
    ----------
    source : Path
        The notebook, without outputs.
    folder : Path
        Working directory of its cells.

    Raises
    ------
    nbclient.exceptions.CellExecutionError
        With the cell and the error, if one fails.
    """
    notebook = nbformat.read(source, as_version=4)
    with TemporaryDirectory() as private:
        # nothing is read from the user's own Jupyter, and nothing written to a home that a node may not have
        settings = Config()
        # sockets that only this user can open, in place of ports that everyone on the node can
        settings.KernelManager.transport = "ipc"
        settings.KernelManager.connection_file = str(Path(private) / "kernel.json")
        places = {"IPYTHONDIR": private, "JUPYTER_RUNTIME_DIR": private, "JUPYTER_CONFIG_DIR": private}
        places["PYTHONSAFEPATH"] = "1"
        client = NotebookClient(
            notebook,
            config=settings,
            timeout=PATIENCE,
            kernel_name="python3",
            # beside the notebook are the files of a run; a kernel would import from there
            extra_arguments=["--InteractiveShellApp.ignore_cwd=True"],
            resources={"metadata": {"path": str(folder)}},
            record_timing=False,  # equal content, equal bytes
        )
        client.execute(env=os.environ | places)
    return notebook


def notebook_page(title: str, notebook: NotebookNode) -> str:
    """Write an executed notebook as a page in plain ASCII.

    Parameters
    ----------
    title : str
        For the browser's tab.
    notebook : NotebookNode
        With its outputs.
    """
    # the template of the body alone: the others load scripts from the network
    exporter = HTMLExporter(template_name="basic")
    body, _ = exporter.from_notebook_node(notebook)
    return render(TEMPLATE, title=title, notebook=body)
