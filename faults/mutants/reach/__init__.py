"""Which code the end-to-end tests run: a mutant elsewhere cannot be noticed by any of them."""
