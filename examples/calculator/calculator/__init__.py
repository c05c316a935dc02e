"""A small calculator: text in, exact value out."""
