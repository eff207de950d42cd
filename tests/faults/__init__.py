"""Defects and random mutants: without a stack."""
