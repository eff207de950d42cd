"""Measurements. They print figures and never fail over them: machines differ."""
