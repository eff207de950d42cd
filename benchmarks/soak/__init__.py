"""Messages of many users while services and stores are killed, stopped and frozen.

What is acknowledged must be stored, shipped and displayed, once and in order, and pages must
recover without being loaded anew. `python -m benchmarks soak` runs it (docs/soak.md).

`record` is what one user has done and seen, `sockets` and `browsers` are the users, `havoc`
breaks things by a seeded plan, `verdict` compares, `report` shows, `run` is the whole.
"""
