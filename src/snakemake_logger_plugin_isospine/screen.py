"""One line that changes on a terminal, a line now and then in a file."""

import time
from typing import Any, TextIO

#: Seconds between two lines of progress where they stay: in a file.
PAUSE = 60.0
#: Seconds before a line of progress is drawn: a run that ends sooner needs none.
PATIENCE = 2.0
#: Shape of the line on a terminal; what does not fit is cut off, so the bar comes last.
LINE = "{desc} |{bar}|"


class Screen:
    """Show lines that stay, and below them one line of progress.

    Parameters
    ----------
    stream : TextIO
        A terminal, on which the line of progress is drawn again and again, or something else, which gets it as
        a line of text every minute.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream, self._redraws = stream, stream.isatty()
        self._bar: Any = None
        self._next: float | None = None

    def say(self, text: str) -> None:
        """Show text that stays."""
        if self._bar is not None:
            self._bar.clear()
        print(text, file=self._stream, flush=True)
        if self._bar is not None:
            self._bar.refresh()

    def progress(self, text: str, done: int, total: int | None) -> None:
        """Show how far the run is.

        Parameters
        ----------
        text : str
            The line.
        done, total : int
            For the bar; there is none where the total is not known.
        """
        now = time.monotonic()
        if self._next is None:
            self._next = now + (PATIENCE if self._redraws else PAUSE)
        if now >= self._next and self._redraws:
            self._draw(text, done, total)
        elif now >= self._next:
            self._next = now + PAUSE
            self.say(text)

    def close(self) -> None:
        """Remove the line of progress."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None

    def _draw(self, text: str, done: int, total: int | None) -> None:
        if self._bar is None:
            from tqdm import tqdm  # takes time to load, which every job of every workflow would pay

            self._bar = tqdm(file=self._stream, bar_format="{desc}", dynamic_ncols=True, leave=False)
        self._bar.bar_format = "{desc}" if total is None else LINE
        self._bar.n, self._bar.total = done, total
        self._bar.set_description_str(text)
