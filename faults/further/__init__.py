"""One defect for each test that none of the catalogue is there for, by journey.

Each is what its test was written against: with them nobody has to take it on trust that a
test would notice anything.
"""

from faults.defect import Defect
from faults.further import j1, j2, j3, j4, j5, j6, j7, j8, j9, j10

FURTHER: tuple[Defect, ...] = (
    *j1.DEFECTS,
    *j2.DEFECTS,
    *j3.DEFECTS,
    *j4.DEFECTS,
    *j5.DEFECTS,
    *j6.DEFECTS,
    *j7.DEFECTS,
    *j8.DEFECTS,
    *j9.DEFECTS,
    *j10.DEFECTS,
)
