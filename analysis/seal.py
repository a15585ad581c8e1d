"""Sealing: the finished segments of a run become sorted Parquet, while the run goes on in others.

A segment keeps every byte of its lines: the new file is written aside, read back and counted, brought to disk, and given its
name in one step. From then on it is the segment; only then is the old file removed, and where a kill comes in between, the
next seal does it. The lock that writers take is held all the while. See `engine/parts.py` and docs/format.md.

Segments are sealed side by side, each on its share of the cores: what sorts and writes one of them leaves cores idle.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from mmap import ACCESS_READ, mmap
from pathlib import Path

import duckdb
import structlog
from attrs import field, frozen
from msgspec import json

from ..engine.clock import EARLIEST_MS, LATEST_MS
from ..engine.errors import CoreCraftError, LogDamaged, StorageFailed
from ..engine.files import is_at
from ..engine.parts import LIVE, is_sealed, parts_of, sealed, writer_of
from ..engine.run import Run
from ..engine.sealed import COLUMNS, SAID, VALUES, SealedSegment
from ..engine.segment import Head, head_of, intact
from .database import bytes_of
from .segments import USUAL_LINE, longest_line
from .text import identifier, one_line, quoted

_log = structlog.get_logger("corecraft.seal")

ROW_GROUP = 20_480
"""Rows that are read together: with one episode come the lines of some hundred others, not of thousands."""

_MOST_NAMES = 1_000
"""A column with more values than this in a row group gets no dictionary. Kinds, tools and episodes have fewer; of hashes and
lines, no two of which are the same, none is gathered in vain."""

_SHARE = 1 << 30
"""Bytes of memory that a segment is to have for itself: with less, sorting it goes by way of the disk."""

_FOREIGN = "holds bytes that are no log lines"
_IS_OURS = (
    f"""seq IS NOT NULL AND kind IS NOT NULL AND "at" BETWEEN {EARLIEST_MS} AND {LATEST_MS} """
    """AND starts_with(line, '{"episode":"' || episode || '"')"""
)


@frozen
class Sealed:
    """A segment that was sealed: its new file, its events, its size in bytes before and after."""

    path: Path
    events: int
    before: int
    after: int


@frozen
class Left:
    """A segment that was left as it is, and why. live: it is being written, so nothing is wrong."""

    path: Path
    reason: str
    live: bool = False


def seal(run: Run, memory: str) -> Iterator[Sealed | Left]:
    """Seal every segment that no process writes, and tell of them in order. A damaged one is left: its lines can be read as
    they are, and what is broken in it must not be lost. A torn tail is cut, as the segment's next writer would.

    memory: the most that DuckDB may take, e.g. "4GB". Raises StorageFailed, or CoreCraftError where that is no amount of memory
    or not enough.
    """
    most = int(bytes_of(memory))
    paths = sorted((run.path / "segments").glob(f"*{LIVE}"))
    cores = os.cpu_count() or 1
    jobs = max(1, min(len(paths), cores, most // _SHARE))
    sealer = _Sealer(memory, most // jobs, max(1, cores // jobs))
    with ThreadPoolExecutor(jobs) as pool:
        try:
            yield from filter(None, pool.map(sealer.seal, paths))
        except BaseException:
            sealer.stop()
            raise


@frozen
class _Sealer:
    """Seals segments; several threads may ask it at once.

    memory: for all of them, as it was allowed. share: bytes of it for one. threads: for one.
    """

    memory: str
    share: int
    threads: int
    _busy: set[duckdb.DuckDBPyConnection] = field(factory=set[duckdb.DuckDBPyConnection], init=False)

    def seal(self, path: Path) -> Sealed | Left | None:
        """None where there is nothing to seal."""
        with _locked(path) as alone:
            if is_sealed(path):
                if alone:
                    path.unlink(missing_ok=True)
                return None
            if not alone:
                return Left(path, "is being written", live=True)
            return _seal(path, self) if path.stat().st_size else None

    @contextmanager
    def connection(self, spill: Path) -> Iterator[duckdb.DuckDBPyConnection]:
        """spill: a folder for what finds no room in memory."""
        settings = {
            "memory_limit": f"{self.share}B",
            "threads": self.threads,
            "temp_directory": str(spill),
            "autoinstall_known_extensions": False,
        }
        with duckdb.connect(config=settings) as con:
            self._busy.add(con)
            try:
                yield con
            finally:
                self._busy.discard(con)

    def stop(self) -> None:
        """What is under way comes to nothing: nobody waits for it any more."""
        for con in list(self._busy):
            con.interrupt()


def _seal(path: Path, sealer: _Sealer) -> Sealed | Left:
    try:
        _cut_torn_tail(path)
        before = path.stat().st_size
        aside = path.with_suffix(".parquet.part")
        events = _convert(path, aside, before, sealer)
        _switch(aside, path)
    except LogDamaged as damage:
        return Left(path, damage.reason)
    except OSError as error:
        raise StorageFailed(f"{path} cannot be sealed: {error.strerror}") from None
    return Sealed(sealed(path), events, before, sealed(path).stat().st_size)


@contextmanager
def _locked(path: Path) -> Iterator[bool]:
    """Whether nobody else has the segment, nor gets it meanwhile."""
    try:
        file = os.open(path, os.O_RDWR | os.O_NONBLOCK)
    except FileNotFoundError:
        yield False
        return
    except OSError as error:
        raise StorageFailed(f"{path} cannot be sealed: {error.strerror}") from None
    try:
        with suppress(BlockingIOError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield is_at(file, path)
            return
        yield False
    finally:
        os.close(file)


# --- the tail --------------------------------------------------------------------------------------------------------


def _cut_torn_tail(path: Path) -> None:
    """Raises LogDamaged."""
    if _ends_whole(path):
        return
    first = path.with_name(writer_of(path) + LIVE)
    before = [SealedSegment.read(part) for part in parts_of(first) if part != path]

    def earlier(episode: str) -> Head | None:
        return head_of(entry for segment in before for entry in segment.lines(episode))

    keep, _ = intact(path, earlier)
    if keep < (size := path.stat().st_size):
        _log.warning("torn tail cut", path=str(path), bytes=size - keep)
        os.truncate(path, keep)


def _ends_whole(path: Path) -> bool:
    """Whether the last line says that it is the last of its write. Older logs do not say; they are read from the beginning."""
    with path.open("rb") as file, closing(mmap(file.fileno(), 0, access=ACCESS_READ)) as raw:
        if raw[-1:] != b"\n":
            return False
        last = raw[raw.rfind(b"\n", 0, len(raw) - 1) + 1 :]
    try:
        return json.decode(last)["more"] == 0
    except (ValueError, TypeError, LookupError, RecursionError):
        return False


# --- the new file ----------------------------------------------------------------------------------------------------


def _convert(path: Path, aside: Path, size: int, sealer: _Sealer) -> int:
    """Write the lines of a segment as Parquet, on disk, and look whether all are there. The number of events.
    Raises LogDamaged, leaving nothing, for a segment with lines that are none of ours."""
    spill = aside.with_suffix(".sorting.part")
    try:
        with sealer.connection(spill) as con:
            con.execute(copying(path, aside, sealer.threads))
            with _brought_to_disk(aside):
                ((events, bytes_, foreign),) = con.execute(
                    f"SELECT count(*), coalesce(sum(strlen(line) + 1), 0), count(*) FILTER (({_IS_OURS}) IS NOT TRUE) "
                    f"FROM read_parquet({quoted(aside)}, hive_partitioning=false)"
                ).fetchall()
    except duckdb.OutOfMemoryException:
        raise CoreCraftError(f"Sealing {path} needs more than {sealer.memory}: allow more with --memory") from None
    except duckdb.IOException as error:
        raise StorageFailed(f"{path} cannot be sealed: {one_line(error)}") from None
    except duckdb.InvalidInputException:  # what it says is about CSV, and nothing to whoever seals
        aside.unlink(missing_ok=True)
        raise LogDamaged(str(path), 0, _FOREIGN) from None
    finally:
        shutil.rmtree(spill, ignore_errors=True)
    if foreign or bytes_ != size:
        aside.unlink()
        raise LogDamaged(str(path), 0, f"holds {foreign} no log lines" if foreign else _FOREIGN)
    return events


def copying(path: Path, aside: Path, threads: int = 1) -> str:
    """What writes the lines of a segment as Parquet, in SQL."""
    # What numbers lines goes one by one. It must not keep others from decoding, and so comes first and apart; one thread alone
    # need not hold them all for that.
    apart = "MATERIALIZED" if threads > 1 else "NOT MATERIALIZED"
    columns = ", ".join(f"({VALUES[name]})::{type} AS {identifier(name)}" for name, type in COLUMNS.items())
    return f"""
        COPY (
            WITH numbered AS {apart} (SELECT row_number() OVER () AS number, line FROM {lines_of(path)})
            SELECT {columns}
            FROM (SELECT number, line, {SAID} AS said FROM numbered)
            ORDER BY episode, seq, number
        ) TO {quoted(aside)} (
            FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1,
            ROW_GROUP_SIZE {ROW_GROUP}, DICTIONARY_SIZE_LIMIT {_MOST_NAMES}
        )"""


def lines_of(path: Path) -> str:
    """The lines, read as text: that costs half of what reading them as JSON does. No byte is changed on the way. The separator
    is one that JSON never holds, and what DuckDB takes for more than text (a BOM, a carriage return) comes out shorter or is
    refused."""
    return (
        f"read_csv([{quoted(path)}], columns={{line: 'VARCHAR'}}, auto_detect=false, header=false, strict_mode=true, "
        "delim='\x01', quote='', escape='', new_line='\\n', compression='none', hive_partitioning=false, "
        f"max_line_size={max(USUAL_LINE, longest_line(path) + 1)})"
    )


def _switch(aside: Path, path: Path) -> None:
    """From here on the new file, which is on disk, is the segment. Each step is there before the next one."""
    aside.rename(sealed(path))
    _sync(path.parent)
    path.unlink()


@contextmanager
def _brought_to_disk(path: Path) -> Iterator[None]:
    """Meanwhile: reading it back takes a core, and writing it out takes none."""
    with ThreadPoolExecutor(1) as pool:
        synced = pool.submit(_sync, path)
        yield
        synced.result()


def _sync(path: Path) -> None:
    file = os.open(path, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)
