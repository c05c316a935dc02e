"""Ten tests; `python -m unittest` runs them."""
