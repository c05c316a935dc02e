"""Estimating tokens without asking anybody. Every room above may call it; it knows no provider's code."""
