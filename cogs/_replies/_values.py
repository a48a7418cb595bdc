"""Values within a sentence."""

LOOKS_LIKE_BACKTICK = "\u02cb"


def code(value: str, limit: int = 80) -> str:
    """`value` as Discord shows code: on one line, cut at `limit`, its own backticks harmless."""
    short = value if len(value) <= limit else f"{value[: limit - 1]}…"
    return f"`{' '.join(short.split()).replace('`', LOOKS_LIKE_BACKTICK) or ' '}`"


def money(microusd: int) -> str:
    """Millionths of a US dollar as people write it: $1.25, and small sums to two digits."""
    dollars = microusd / 1_000_000
    if dollars == 0 or dollars >= 0.01:  # noqa: PLR2004  a cent
        return f"${dollars:,.2f}"
    return f"${dollars:.2g}" if dollars >= 0.0001 else "<$0.0001"  # noqa: PLR2004  less has no readable figures
