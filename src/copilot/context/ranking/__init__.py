"""Which chosen files matter most now, and which view each keeps within the budget: for `aggregate` alone."""
