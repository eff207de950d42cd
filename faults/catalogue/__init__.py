"""The defects that the suite has to notice, five or more for each journey."""

from faults.catalogue import j1, j2, j3, j4, j5, j6, j7, j8, j9, j10
from faults.defect import Defect

CATALOGUE: tuple[Defect, ...] = (
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
