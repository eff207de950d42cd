"""The suite's own tests, and those of the product's security-relevant logic."""
