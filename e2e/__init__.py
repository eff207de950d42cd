"""What is promised: one file per journey."""
