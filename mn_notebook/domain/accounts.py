"""What was spent and what is reserved, of one budget: exact, and never less than may be owed.

A call is counted in full when it is announced, with its estimate. Its outcome puts what it really
used in the estimate's place; a call whose outcome never comes stays counted as it was reckoned.
"""

from dataclasses import dataclass
from decimal import Decimal

from mn_notebook.domain.messages import Estimate
from mn_notebook.domain.replacing import replace


@dataclass(frozen=True)
class Account:
    """What counts against a budget.

    >>> reserved = Account().reserve(Estimate(usd=Decimal("0.02"), tokens=900))
    >>> reserved.counted_usd, reserved.counted_tokens, reserved.calls
    (Decimal('0.02'), 900, 1)
    >>> reserved.settle(Estimate(usd=Decimal("0.02"), tokens=900), Decimal("0.01"), 512).usd
    Decimal('0.01')
    """

    usd: Decimal = Decimal(0)
    """What ended calls have cost, as far as it is known."""
    tokens: int = 0
    calls: int = 0
    """Announced, whatever became of them."""
    open_usd: Decimal = Decimal(0)
    """The estimates of calls that have no outcome."""
    open_tokens: int = 0

    @property
    def counted_usd(self) -> Decimal:
        """Return what is spent and reserved."""
        return self.usd + self.open_usd

    @property
    def counted_tokens(self) -> int:
        """Return the tokens that are spent and reserved."""
        return self.tokens + self.open_tokens

    def reserve(self, estimate: Estimate | None) -> "Account":
        """Count a call that is about to be made."""
        if estimate is None:
            return replace(self, calls=self.calls + 1)
        return replace(
            self,
            calls=self.calls + 1,
            open_usd=self.open_usd + (estimate.usd or 0),
            open_tokens=self.open_tokens + estimate.tokens,
        )

    def settle(self, estimate: Estimate | None, usd: Decimal, tokens: int) -> "Account":
        """Put what a call used in the place of its estimate."""
        return replace(
            self,
            usd=self.usd + usd,
            tokens=self.tokens + tokens,
            open_usd=self.open_usd - (estimate.usd or 0 if estimate else 0),
            open_tokens=self.open_tokens - (estimate.tokens if estimate else 0),
        )
