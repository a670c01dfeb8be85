"""Keys by which Chinese names are ordered and found."""


def pinyin_key(text: str) -> str:
    """Full pinyin and the initials, lower case: `文山` gives `wenshan ws`.

    The first word orders lists; both are searched by prefix.
    """
    from pypinyin import Style, lazy_pinyin  # its dictionary takes half a second of every start

    full = "".join(lazy_pinyin(text)).lower()
    initials = "".join(lazy_pinyin(text, style=Style.FIRST_LETTER)).lower()
    return f"{full} {initials}"[:200]
