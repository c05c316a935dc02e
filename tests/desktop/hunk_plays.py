"""A change of a file in three places, to be decided on one by one."""

from copilot.vocabulary.approvals import FileWriteDetail
from copilot.vocabulary.diffs import unified

OLD = '''"""Pricing rules of the shop."""

from decimal import Decimal

VAT = Decimal("0.19")
LIMIT = 100


def gross(net: Decimal) -> Decimal:
    """The price with VAT."""
    return net * (1 + VAT)


def discount(total: Decimal) -> Decimal:
    """Ten percent above the limit."""
    if total > LIMIT:
        return total * Decimal("0.1")
    return Decimal(0)


def shipping(total: Decimal) -> Decimal:
    """Free above the limit."""
    return Decimal(0) if total > LIMIT else Decimal("4.90")
'''
NEW = (
    OLD.replace("LIMIT = 100\n", 'LIMIT = Decimal("100.00")\n"""Euros."""\n')
    .replace("    return net * (1 + VAT)\n", '    return (net * (1 + VAT)).quantize(Decimal("0.01"))\n')
    .replace(
        '    """Free above the limit."""\n    return Decimal(0) if total > LIMIT else Decimal("4.90")\n',
        '    """Free from the limit on."""\n    return Decimal(0) if total >= LIMIT else Decimal("5.90")\n',
    )
)


def hunks() -> FileWriteDetail:
    """Three hunks: a constant, a return value, a whole rule."""
    path = "shop/pricing.py"
    return FileWriteDetail(path=path, content=NEW, diff=unified(OLD, NEW, path, creates=False), creates=False)
