"""The heights of things that stand one below the other. Pure: a binary indexed tree of their sums."""


class Heights:
    """What is asked and changed costs the logarithm of how many there are."""

    def __init__(self) -> None:
        self._each: list[float] = []
        self._sums: list[float] = [0.0]

    def __len__(self) -> int:
        return len(self._each)

    def __getitem__(self, index: int) -> float:
        return self._each[index]

    def append(self, height: float) -> None:
        """One more at the end."""
        self._each.append(height)
        number = len(self._each)
        total, step = height, 1
        while step < number & -number:
            total += self._sums[number - step]
            step <<= 1
        self._sums.append(total)

    def fill(self, count: int, height: float) -> None:
        """Be `count` of the same height; costs about 0.1 µs each."""
        self._each = [height] * count
        self._sums = [height * (number & -number) for number in range(count + 1)]

    def cut(self, count: int) -> None:
        """Keep the first `count`."""
        del self._each[count:]
        del self._sums[count + 1 :]

    def set(self, index: int, height: float) -> None:
        """Give one another height."""
        more = height - self._each[index]
        self._each[index] = height
        number = index + 1
        while number < len(self._sums):
            self._sums[number] += more
            number += number & -number

    def top(self, index: int) -> float:
        """Where it begins: the sum of those before it."""
        total = 0.0
        while index > 0:
            total += self._sums[index]
            index -= index & -index
        return total

    @property
    def total(self) -> float:
        """All of them together."""
        return self.top(len(self._each))

    def at(self, y: float) -> int:
        """The one that begins at or above `y` and ends below it; how many there are where there is none."""
        found, step = 0, 1
        while step * 2 < len(self._sums):
            step *= 2
        while step:
            if found + step < len(self._sums) and self._sums[found + step] <= y:
                found += step
                y -= self._sums[found]
            step //= 2
        return found
