"""A Python file to an outline, by `ast`: for `summarize` alone. What that rejects goes to `languages`."""
