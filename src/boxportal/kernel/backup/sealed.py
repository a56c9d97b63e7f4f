"""Streams through zstd and age in bounded memory: what is written is packed and sealed, what is read is opened."""

import contextlib
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import BinaryIO

import pyrage
import zstandard
from pyrage import x25519

from boxportal.sdk.errors import RuleBroken, StorageFull

LEVEL = 3
CHUNK = 1 << 20
LARGEST_WINDOW = 1 << 27  # what reading may take of memory, whatever the stream asks for
DAMAGED = "This backup is damaged or was changed. It was not used."
NO_KEY = "No key here opens this backup. Give the recovery key: --key-stdin"


class Pipe:
    """A thread that seals or opens one end of a pipe while this one works on the other."""

    def __init__(self, act: Callable[[BinaryIO], None], *, inward: bool) -> None:
        reading, writing = os.pipe()
        self.mine = os.fdopen(writing, "wb") if inward else os.fdopen(reading, "rb")
        theirs = os.fdopen(reading, "rb") if inward else os.fdopen(writing, "wb")
        self.error: Exception | None = None
        self._thread = threading.Thread(target=self._run, args=(act, theirs), daemon=True)
        self._thread.start()

    def _run(self, act: Callable[[BinaryIO], None], theirs: BinaryIO) -> None:
        try:
            with theirs:
                act(theirs)
        except (OSError, ValueError, pyrage.DecryptError, pyrage.EncryptError) as error:
            self.error = error

    def close(self) -> None:
        """Close this end and wait for the other."""
        with contextlib.suppress(BrokenPipeError):  # the thread's own error says why
            self.mine.close()
        self._thread.join()


@contextmanager
def sealing(target: BinaryIO, to: Sequence[x25519.Recipient]) -> Iterator[BinaryIO]:
    """A stream whose bytes land in `target` packed and sealed for these recipients.

    Raises: StorageFull.
    """
    pipe = Pipe(lambda source: pyrage.encrypt_io(source, target, list(to)), inward=True)
    try:
        with zstandard.ZstdCompressor(level=LEVEL).stream_writer(pipe.mine, closefd=False) as packed:
            yield packed
    except BrokenPipeError:
        pass  # the thread's own error says why
    finally:
        pipe.close()
    if pipe.error is not None:
        raise StorageFull(f"The backup could not be written: {pipe.error}") from pipe.error


@contextmanager
def opening(source: BinaryIO, keys: Sequence[x25519.Identity]) -> Iterator[BinaryIO]:
    """A stream of what is sealed and packed in `source`. At its end the whole has been checked.

    Raises: RuleBroken when no key fits, or a byte was changed, added or cut off.
    """
    pipe = Pipe(lambda target: pyrage.decrypt_io(source, target, list(keys)), inward=False)
    failed: Exception | None = None
    try:
        with zstandard.ZstdDecompressor(max_window_size=LARGEST_WINDOW).stream_reader(
            pipe.mine, closefd=False
        ) as unpacked:
            yield unpacked
        while pipe.mine.read(CHUNK):  # age has checked the last byte only when it was read
            pass
    except (zstandard.ZstdError, EOFError, RuleBroken) as error:
        failed = error
    finally:
        pipe.close()
    if isinstance(pipe.error, pyrage.DecryptError):
        raise RuleBroken(NO_KEY if "matching" in str(pipe.error) else DAMAGED) from pipe.error
    if isinstance(failed, RuleBroken):
        raise failed
    if failed is not None or pipe.error is not None:
        raise RuleBroken(DAMAGED) from (failed or pipe.error)
