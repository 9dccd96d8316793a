"""The seal of a trace: the sha256 of all that stands before it, as the comment of its zip file."""

import hashlib
import io
import struct
import zipfile

__all__ = ["sealed", "unsealed"]

MARK = b"sha256 "
LENGTH = len(MARK) + 64
SIZE_OF_COMMENT = struct.Struct("<H")  # the last field of a zip file, APPNOTE 4.3.16


def sealed(content: bytes) -> bytes:
    """Add the seal to a zip file that has no comment yet.

    Parameters
    ----------
    content : bytes
        The file.

    Returns
    -------
    bytes
        A zip file still, for every program.

    Raises
    ------
    ValueError
        If it does not end as a zip file without a comment does.

    Examples
    --------
    >>> file = io.BytesIO()
    >>> zipfile.ZipFile(file, "w").close()
    >>> unsealed(sealed(file.getvalue())) == file.getvalue()
    True
    """
    _check_end(content)
    body = content[:-2] + SIZE_OF_COMMENT.pack(LENGTH)
    return body + MARK + hashlib.sha256(body).hexdigest().encode()


def unsealed(content: bytes) -> bytes:
    """Verify a file and return it without its seal.

    Parameters
    ----------
    content : bytes
        As `sealed` returned it, or a zip file of a version before 0.5, which had no seal; of
        that, the zip file's own checksums are verified.

    Returns
    -------
    bytes
        The zip file.

    Raises
    ------
    ValueError
        If it is damaged.
    zipfile.BadZipFile
        If it is no zip file.
    """
    body, mark, seal = content[:-LENGTH], content[-LENGTH:-64], content[-64:]
    if mark == MARK:
        if hashlib.sha256(body).hexdigest().encode() != seal:
            raise ValueError("its sha256 is another")
        return body[:-2] + SIZE_OF_COMMENT.pack(0)
    _check_end(content)
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        if wrong := file.testzip():
            raise ValueError(f"the checksum of {wrong} is another")
    return content


def _check_end(content: bytes) -> None:
    if content[-22:-18] != b"PK\5\6" or content[-2:] != SIZE_OF_COMMENT.pack(0):
        raise ValueError("it does not end as it was written")
