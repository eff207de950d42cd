"""The defects that the suite has to notice, five or more for each journey."""

from faults.catalogue import j1
from faults.defect import Defect

CATALOGUE: tuple[Defect, ...] = (*j1.DEFECTS,)
