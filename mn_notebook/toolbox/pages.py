"""Makes plain text of a page of HTML, in a time that grows with the page and no faster.

The parser of the standard library needs the square of the length for some pages (50 KB of ``<a ``:
22 seconds), in which nothing else in the process gets on. Here each character is passed once.
"""

import html
import re
from collections import Counter

_UNSEEN = frozenset({"script", "style", "noscript", "template", "svg", "head"})
_RAW = frozenset({"script", "style"})
"""What they hold is no HTML."""
_BLOCKS = frozenset(
    (
        *("address", "article", "aside", "blockquote", "br", "dd", "div", "dl", "dt", "fieldset"),
        *("figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li"),
        *("main", "nav", "ol", "p", "pre", "section", "table", "td", "th", "tr", "ul"),
    )
)
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9:-]{0,40})")
_INSIDE = re.compile(r"[\"'>]")


def text_of_page(page: str) -> tuple[str, str]:
    r"""Return the title and the text of a page; what nobody sees is left out.

    >>> text_of_page("<title>News</title><p>Up <b>3 &percnt;</b><script>x()</script><p>Down")
    ('News', 'Up 3 %\nDown')
    """
    reader = _Reader(page)
    reader.read()
    title = " ".join("".join(reader.title).split())
    return html.unescape(title), _tidied("".join(reader.parts))


class _Reader:
    """Goes through a page once."""

    def __init__(self, page: str) -> None:
        self._page = page
        self.parts: list[str] = []
        self.title: list[str] = []
        self._in_title = False
        self._hidden: Counter[str] = Counter()
        self._unclosed: set[str] = set()
        """Quotes that nobody closes any more: they are looked for once."""

    def read(self) -> None:
        """Take in the whole page."""
        at = 0
        while at >= 0:
            begin = self._page.find("<", at)
            self._take(self._page[at:] if begin < 0 else self._page[at:begin])
            at = -1 if begin < 0 else self._after_mark(begin)

    def _after_mark(self, begin: int) -> int:
        """Deal with what begins with ``<``; return where the text goes on, or -1."""
        if self._page.startswith("<!--", begin):
            return self._behind("-->", begin + 4)
        if self._page.startswith(("<!", "<?"), begin):
            return self._behind(">", begin)
        tag = _TAG.match(self._page, begin)
        if tag is None:
            self._take("<")
            return begin + 1
        end = self._end_of_tag(tag.end())
        name = tag[2].lower()
        if tag[1]:
            self._close(name)
        else:
            self._open(name)
            if name in _RAW and end >= 0:
                return self._behind_raw(name, end)
        return end

    def _behind(self, mark: str, at: int) -> int:
        found = self._page.find(mark, at)
        return -1 if found < 0 else found + len(mark)

    def _behind_raw(self, name: str, at: int) -> int:
        """Return where the end tag of something begins that is no HTML."""
        found = re.compile(f"</{name}", re.IGNORECASE).search(self._page, at)
        return -1 if found is None else found.start()

    def _end_of_tag(self, at: int) -> int:
        """Return where a tag ends; a ``>`` in quotes is not its end."""
        while True:
            found = _INSIDE.search(self._page, at)
            if found is None:
                return -1
            at = found.end()
            if found[0] == ">":
                return at
            if found[0] not in self._unclosed:
                closed = self._page.find(found[0], at)
                if closed < 0:
                    self._unclosed.add(found[0])
                else:
                    at = closed + 1

    def _open(self, name: str) -> None:
        if name == "title":
            self._in_title = self._hidden["svg"] == 0
        elif name in _UNSEEN:
            self._hidden[name] += 1
        elif name == "body":
            self._hidden.clear()  # a head that nobody closed
        elif name in _BLOCKS:
            self.parts.append("\n")

    def _close(self, name: str) -> None:
        if name == "title":
            self._in_title = False
        elif self._hidden[name] > 0:
            self._hidden[name] -= 1
        elif name in _BLOCKS:
            self.parts.append("\n")

    def _take(self, text: str) -> None:
        if self._in_title:
            self.title.append(text)
        elif not any(self._hidden.values()):
            self.parts.append(text)


def _tidied(text: str) -> str:
    lines = (re.sub(r"[^\S\n]+", " ", line).strip() for line in text.split("\n"))
    return "\n".join(html.unescape(line) for line in lines if line)


__all__ = ["text_of_page"]
