"""Whole runs of pytest with the suite's plugins, on a small project, with every kind of end."""
