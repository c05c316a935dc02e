"""What a script says it does, read without running it: `reader` is the door, the values are in vocabulary."""
