"""Names of generated things."""


def camel(name: str) -> str:
    """Write a name in capitals at each word: task_status becomes TaskStatus."""
    return "".join(word[:1].upper() + word[1:] for word in name.split("_"))
