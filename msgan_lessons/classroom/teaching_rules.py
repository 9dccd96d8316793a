"""What a file of teaching notes may hold: keys, texts, headings; each error is one sentence."""

from collections.abc import Mapping, Sequence

from msgan_lessons.runs.parameters import nearest, shown

__all__ = ["check_heading", "check_keys", "check_tables", "check_text", "check_texts", "ended"]


def check_keys(
    table: Mapping, required: Sequence[str], where: str, optional: Sequence[str] = ()
) -> None:
    """Refuse a table with a key that is unknown, or without one that must be there.

    Parameters
    ----------
    table : mapping
        As TOML gives it.
    required, optional : sequence of str
        The keys.
    where : str
        How the sentence names the table.

    Raises
    ------
    ValueError
        If a key is unknown or missing.
    """
    for key in table:
        if key not in (*required, *optional):
            hint = nearest(key, [*required, *optional])
            raise ValueError(f"{where} has the unknown key {shown(key)}{hint}")
    if missing := [key for key in required if key not in table]:
        raise ValueError(f"{where} must have the key {missing[0]!r}")


def check_heading(name: str, known: Sequence[str], where: str) -> None:
    """Refuse what is no heading of the lesson.

    Parameters
    ----------
    name : str
        What the notes say.
    known : sequence of str
        The headings.
    where : str
        How the sentence names the place.

    Raises
    ------
    ValueError
        If it is none.
    """
    if name not in known:
        hint = nearest(name, known)
        raise ValueError(f"{where} must be a heading of the lesson, got {shown(name)}{hint}")


def check_tables(value: object, name: str) -> list[dict]:
    """Return the tables of an array of tables, at least one.

    Parameters
    ----------
    value : object
        As TOML gives it.
    name : str
        The array's name.

    Returns
    -------
    list of dict

    Raises
    ------
    ValueError
        If it is anything else.
    """
    if not isinstance(value, list) or not value or not all(isinstance(v, dict) for v in value):
        raise ValueError(f"{name} must be tables, each under [[{name}]], at least one")
    return value


def check_texts(value: object, name: str, *, distinct: bool = True) -> list[str]:
    """Return a list of texts.

    Parameters
    ----------
    value : object
        As TOML gives it.
    name : str
        How the sentence names it.
    distinct : bool
        Whether a text may stand there only once, whatever its case, spaces and last dot.

    Returns
    -------
    list of str

    Raises
    ------
    ValueError
        If it is no list, an entry is empty or no text, or one stands there twice.
    """
    if not isinstance(value, list):
        raise ValueError(f"{name} must be a list of texts, got {shown(value)}")
    for text in value:
        check_text(text, name)
    same = [" ".join(text.casefold().split()).rstrip(".") for text in value]
    if distinct and (twice := [t for t, s in zip(value, same, strict=True) if same.count(s) > 1]):
        raise ValueError(f"{name} must differ, got {shown(twice[-1])} twice")
    return value


def check_text(value: object, name: str) -> str:
    """Return a text that is not empty.

    Parameters
    ----------
    value : object
        As TOML gives it.
    name : str
        How the sentence names it.

    Returns
    -------
    str

    Raises
    ------
    ValueError
        If it is empty or no text.
    """
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"{name} must be a text, got {shown(value)}")
    return value


def ended(sentence: str) -> str:
    """End a sentence with a dot, unless it has an end.

    Parameters
    ----------
    sentence : str
        The sentence.

    Returns
    -------
    str

    Examples
    --------
    >>> ended("it is not"), ended("is it?")
    ('it is not.', 'is it?')
    """
    return sentence if sentence.endswith((".", "?")) else f"{sentence}."
