"""Defects to seed into the product, and the runner that shows whether the suite notices."""
