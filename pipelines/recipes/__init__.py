"""Published systems, one file each: knobs and a plan, no torch."""
