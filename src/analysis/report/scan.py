"""The last look at what is about to be published: personal data in any finished file.

Every file of a report's folder is turned into the texts that somebody could read in it, whatever
the format hides them in (entities, escapes, archives, embedded downloads), and each text is
searched. Nothing that is found is repeated in a message.
"""

from __future__ import annotations

import base64
import binascii
import html
import io
import json
import re
import urllib.parse
import zipfile
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple, TypeGuard

import openpyxl
import pyarrow.parquet as pq

from analysis.delivered import is_public
from analysis.privacy import find_personal_data
from analysis.sources import RawFile

PLANTED = "gesuchter Text"
UNREADABLE = "nicht lesbar"

# Pictures, fonts and printed pages; what is written on them stands in another file as well.
_PASSED_OVER = frozenset(
    {".png", ".jpg", ".jpeg", ".gif", ".webp", ".woff", ".woff2", ".ttf", ".pdf"}
)
_MARKUP = frozenset({".html", ".htm", ".svg", ".xml"})
_ARCHIVES = frozenset({".zip"})
_MOST_UNPACKED = 512 * 1024**2
_DEEPEST = 3
_CONTEXT_CELLS = "\t"
_ENCODED = frozenset({"media_type", "size", "content"})
_LONGEST_FIELD = 200

_DATA_URI = re.compile(
    r"data:(?P<type>[\w.+/-]*)(?P<options>(?:;[\w.=+-]+)*),(?P<content>[^\"'\s)<>]*)"
)
_PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp", "font/", "application/font")
_CODE = re.compile(r"<(style|script)\b[^>]*>.*?</\1\s*>", re.DOTALL | re.IGNORECASE)
# Attributes that hold drawings and names of the page's own parts rather than words.
_MUTE = re.compile(
    r"\b(?:d|points|transform|viewBox|style|id|class|for|headers|x|y|x1|x2|y1|y2|cx|cy|r|rx|ry|"
    r"width|height|dx|dy|offset|fill|stroke[\w-]*|clip-path|xmlns(?::\w+)?|"
    r"aria-(?:labelledby|describedby|controls))\s*=\s*(?:\"[^\"]*\"|'[^']*')",
)
_INLINE_TAG = re.compile(
    r"</?(?:a|abbr|b|bdi|bdo|code|em|i|mark|small|span|strong|sub|sup|tspan|u|wbr)\b[^<>]*>",
    re.IGNORECASE,
)
_ATTRIBUTE = re.compile(r"=\s*(?:\"([^\"]*)\"|'([^']*)')")
_TAG = re.compile(r"<[^<>]*>")
_RUNS = re.compile(
    r"</(?:\w+:)?t>(?:(?!</?(?:\w+:)?(?:si|is|c|comment|p)\b).)*?<(?:\w+:)?t\b[^>]*>", re.DOTALL
)
# &L, &C and &R set the parts of a header or footer, others its type.
_HEADER_CODE = re.compile(r"&amp;(?:[A-Z]|\d+|(?:&quot;|\").*?(?:&quot;|\"))")
_BLANKS = re.compile(r"\s+")
_NO_SIGN = re.compile(r"[\W_]+")
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
# Shorter planted texts are looked for as whole words only.
_SQUEEZED_FROM = 8


class Leak(NamedTuple):
    """Personal data in a file; ``shown`` gives nothing away but its beginning.

    Attributes:
        file: path within the folder.
        place: where in the file, in German; empty for its text as a whole.
        kind: what it looks like.
        shown: masked form, or which of the planted texts it is.
    """

    file: str
    place: str
    kind: str
    shown: str


class _Text(NamedTuple):
    place: str
    text: str


class _Search:
    """What is searched for, and what may stand."""

    def __init__(self, allow: Iterable[str], planted: Iterable[str]) -> None:
        self._allowed = "\n".join(_BLANKS.sub(" ", text) for text in allow).casefold()
        self._planted = [text for text in planted if text.strip()]

    def find(self, text: _Text, file: str) -> Iterator[Leak]:
        """Yield what stands in a text."""
        for hit in find_personal_data(text.text):
            found = text.text[hit.start : hit.end]
            if not self._is_allowed(found):
                yield Leak(file, text.place, hit.kind, hit.masked)
        yield from self.find_planted(text, file)

    def find_planted(self, text: _Text, file: str) -> Iterator[Leak]:
        """Yield the planted texts that stand in a text, however they are spaced or written."""
        if not self._planted:
            return
        plain = _fold(text.text)
        squeezed = _NO_SIGN.sub("", plain)
        for number, planted in enumerate(self._planted, start=1):
            wanted = _fold(planted)
            short = _NO_SIGN.sub("", wanted)
            is_there = re.search(rf"(?<!\w){re.escape(wanted)}(?!\w)", plain) is not None or (
                len(short) >= _SQUEEZED_FROM and short in squeezed
            )
            if is_there:
                yield Leak(file, text.place, PLANTED, f"{number}. gesuchter Text")

    def _is_allowed(self, found: str) -> bool:
        words = _BLANKS.sub(" ", found).strip().casefold()
        return (
            bool(self._allowed)
            and re.search(rf"(?<!\w){re.escape(words)}(?!\w)", self._allowed) is not None
        )


def scan_outputs(
    folder: Path, *, allow: Collection[str] = (), planted: Iterable[str] = ()
) -> list[Leak]:
    """Search all finished files below a folder for personal data.

    Args:
        folder: a report's folder.
        allow: public texts; what stands in one of them word for word may stand in an output.
        planted: texts that must not occur, in whatever case or spacing.

    Returns:
        What was found, by file; a file that cannot be read is reported as well.
    """
    search = _Search(allow, planted)
    leaks: list[Leak] = []
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        name = path.relative_to(folder).as_posix()
        leaks += search.find(_Text("Dateiname", _split_name(name)), name)
        leaks += _scan_content(path.read_bytes(), name, search)
    return list(dict.fromkeys(leaks))


def read_public_texts(raw_files: Iterable[RawFile]) -> list[str]:
    """Return the texts that are public already: documented raw files that are no office's export.

    What they say may stand in a report, such as the name of a mayor in the title of an article.
    """
    return [
        raw.read_bytes().decode(raw.sidecar.format.encoding, errors="replace")
        for raw in raw_files
        if is_public(raw)
    ]


def _scan_content(content: bytes, name: str, search: _Search, depth: int = 0) -> Iterator[Leak]:
    suffix = Path(name).suffix.lower()
    if suffix in _PASSED_OVER:
        return
    try:
        if suffix in _ARCHIVES:
            yield from _scan_archive(content, name, search, depth)
            return
        for text in _list_texts(content, suffix):
            yield from search.find(
                text._replace(text=_DATA_URI.sub(_drop_encoded, text.text)), name
            )
            found = dict.fromkeys(_list_embedded(text.text))
            for number, (kind, embedded) in enumerate(found, start=1):
                inner = f"{name} › eingebettete Datei {number}.{kind}"
                if depth < _DEEPEST:
                    yield from _scan_content(embedded, inner, search, depth + 1)
    except Exception as error:
        # Whatever a format's library stumbles over: what cannot be read cannot be released.
        what = f"Die Datei lässt sich nicht prüfen ({type(error).__name__})."
        yield Leak(name, "", UNREADABLE, what)


def _list_texts(content: bytes, suffix: str) -> Iterator[_Text]:
    if suffix == ".xlsx":
        yield from _list_workbook_texts(content)
    elif suffix == ".parquet":
        yield from _list_parquet_texts(content)
    elif suffix in {".json", ".ipynb"}:
        yield from _list_json_texts(_decode(content))
    elif suffix in _MARKUP:
        yield _Text("", strip_markup(_decode(content)))
    else:
        text = _decode(content)
        yield _Text("", text)
        if suffix in {".csv", ".tsv"}:
            yield _Text("", _set_cells_apart(text))
        if "&" in text or "%" in text or "<" in text:
            yield _Text("", strip_markup(text))


def _set_cells_apart(text: str) -> str:
    bare = text.replace('"', "")
    head = bare.partition("\n")[0]
    return bare.replace(",", _CONTEXT_CELLS) if head.count(",") > head.count(";") else bare


def strip_markup(text: str) -> str:
    """Return what can be read in HTML or SVG: its words, those in attributes, and comments.

    Drawings, styles and embedded pictures are left out; words within a line stay together, cells
    and blocks are set apart by line breaks.
    """
    plain = _CODE.sub(" ", text)
    plain = _DATA_URI.sub(_keep_download, plain)
    plain = _MUTE.sub(" ", plain)
    plain = _INLINE_TAG.sub(lambda tag: _quote_attributes(tag[0]), plain)
    plain = plain.replace("<!--", "\n").replace("-->", "\n")
    plain = re.sub(r"</t[dh]>\s*<t[dh]\b", "\t<td", plain)
    plain = _TAG.sub(lambda tag: f"\n{_quote_attributes(tag[0])}\n", plain)
    plain = html.unescape(html.unescape(plain))
    return urllib.parse.unquote(plain) if "%" in plain else plain


def _quote_attributes(tag: str) -> str:
    values = [match[1] or match[2] or "" for match in _ATTRIBUTE.finditer(tag)]
    return "".join(f"\n{value}\n" for value in values if value)


def _keep_download(match: re.Match[str]) -> str:
    # A picture has no words; anything else is looked at by itself.
    return "" if match["type"].startswith(_PICTURES) else match[0]


def _drop_encoded(match: re.Match[str]) -> str:
    return " " if ";base64" in match["options"] else match[0]


def _list_embedded(text: str) -> Iterator[tuple[str, bytes]]:
    if "data:" not in text:
        return
    for match in _DATA_URI.finditer(text):
        if match["type"].startswith(_PICTURES) or not match["content"]:
            continue
        raw = urllib.parse.unquote_to_bytes(match["content"])
        if ";base64" in match["options"]:
            try:
                raw = base64.b64decode(raw, validate=False)
            except binascii.Error:
                continue
        yield _name_type(match["type"]), raw


def _name_type(mime: str) -> str:
    known = {
        "image/svg+xml": "svg",
        "text/html": "html",
        "text/csv": "csv",
        "application/json": "json",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
        "application/zip": "zip",
        "application/pdf": "pdf",
    }
    return known.get(mime, "txt")


def _decode(content: bytes) -> str:
    for encoding in (
        ("utf-8-sig", "utf-16") if content[:2] in {b"\xff\xfe", b"\xfe\xff"} else ("utf-8-sig",)
    ):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return content.decode("cp1252", errors="replace")


def _list_json_texts(text: str) -> Iterator[_Text]:
    # The words of a notebook's pages repeat; each text is looked at once.
    yield _Text("", "\n".join(dict.fromkeys(_walk(json.loads(text)))))


def _walk(node: object, key: str = "") -> Iterator[str]:
    if isinstance(node, dict) and set(node) >= _ENCODED:
        # A file to download, as a notebook stores it: looked at like an embedded one.
        yield from _walk({name: value for name, value in node.items() if name not in _ENCODED})
        yield f"data:{node['media_type']};base64,{node['content']}"
    elif isinstance(node, dict):
        # What stands in neighbouring fields may belong together, as first name and surname do.
        yield _CONTEXT_CELLS.join(value for value in node.values() if _is_short(value))
        for name, value in node.items():
            yield str(name)
            yield from _walk(value, str(name))
    elif isinstance(node, list):
        if node and all(isinstance(item, str) for item in node):
            whole = ("" if _is_lines(node) else _CONTEXT_CELLS).join(node)
            yield from _walk(whole, key)
        else:
            for item in node:
                yield from _walk(item, key)
    elif isinstance(node, str):
        if key.startswith(_PICTURES):
            return
        yield strip_markup(node) if "<" in node else node
    elif isinstance(node, int) and not isinstance(node, bool):
        yield str(node)


def _is_short(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and len(value) <= _LONGEST_FIELD


def _is_lines(items: list[str]) -> bool:
    # Notebooks store a text as the list of its lines.
    return all(item.endswith("\n") for item in items[:-1])


def _list_workbook_texts(content: bytes) -> Iterator[_Text]:
    book = openpyxl.load_workbook(io.BytesIO(content), read_only=True)
    for page in book.worksheets:
        rows = (
            _CONTEXT_CELLS.join("" if value is None else str(value) for value in row)
            for row in page.iter_rows(values_only=True)
        )
        yield _Text(f"Blatt »{page.title}«", "\n".join(rows))
    yield _Text("Namen der Blätter", "\n".join(book.sheetnames))
    book.close()
    for name, part in _unpack(content):
        # Comments, headers, properties, charts: everything beside the cells.
        if not name.endswith((".xml", ".rels", ".vml")):
            continue
        text = _decode(part)
        if name.startswith("xl/worksheets/") and name.endswith(".xml"):
            text = _cut_cells(text)
        yield _Text(name, strip_markup(_RUNS.sub("", text)))


def _cut_cells(text: str) -> str:
    # Links, headers and footers of a sheet; its cells have been read.
    beside = re.sub(r"<sheetData\b.*</sheetData>", " ", text, flags=re.DOTALL)
    return _HEADER_CODE.sub(" ", beside)


def _list_parquet_texts(content: bytes) -> Iterator[_Text]:
    table = pq.read_table(io.BytesIO(content))
    metadata = table.schema.metadata or {}
    yield _Text("Spaltennamen", "\n".join(table.column_names))
    yield _Text("Metadaten", "\n".join(_decode(value) for value in metadata.values()))
    texts = [
        name
        for name, kind in zip(table.column_names, table.schema.types, strict=True)
        if "string" in str(kind)
    ]
    rows = zip(*(table.column(name).to_pylist() for name in texts), strict=True)
    joined = dict.fromkeys(_CONTEXT_CELLS.join(str(text or "") for text in row) for row in rows)
    yield _Text("", "\n".join(joined))


def _scan_archive(content: bytes, name: str, search: _Search, depth: int) -> Iterator[Leak]:
    if depth >= _DEEPEST:
        yield Leak(name, "", UNREADABLE, "Das Archiv ist zu oft verschachtelt.")
        return
    for member, part in _unpack(content):
        inner = f"{name} › {member}"
        yield from search.find(_Text("Dateiname", _split_name(member)), inner)
        yield from _scan_content(part, inner, search, depth + 1)


def _unpack(content: bytes) -> Iterator[tuple[str, bytes]]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = [member for member in archive.infolist() if not member.is_dir()]
        if sum(member.file_size for member in members) > _MOST_UNPACKED:
            raise ValueError("archive too large")
        for member in members:
            yield member.filename, archive.read(member)


def _split_name(name: str) -> str:
    return re.sub(r"[_/.]+", " ", name)


def _fold(text: str) -> str:
    return _BLANKS.sub(" ", text.casefold().translate(_UMLAUTS)).strip()
