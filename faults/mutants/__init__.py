"""Random mutants: small changes of the product's code, made by lot, that the suite should notice.

No mutation library fits. mutmut and cosmic-ray know Python alone, Stryker JavaScript and
TypeScript alone. The first two have no operator for removed awaits, removed calls or swapped
arguments; Stryker has none for these, nor for numbers. mutmut and Stryker put all mutants into
the code at once and choose one inside the process that runs the unit tests; here each is
seeded alone into services that run as processes of their own. So the operators are the
project's, and the syntax trees, of both languages, tree-sitter's.
"""


def command(arguments: list[str]) -> int:
    """Run `python -m faults random` with `arguments`; returns its exit code."""
    # Here, because the catalogue's runs need none of it.
    from faults.mutants.cli import main

    return main(arguments)
