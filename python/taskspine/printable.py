"""Text of unknown origin, made fit for a terminal."""


def printable(text: str) -> str:
    r"""Write what would steer a terminal as an escape: a title may hold \x1b[2J, which wipes it."""
    if text.isprintable():
        return text
    return "".join(
        each if each.isprintable() else each.encode("unicode_escape").decode() for each in text
    )
