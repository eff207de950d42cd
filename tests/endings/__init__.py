"""Every way a run can end: it really happens, and then what is left is looked for."""
