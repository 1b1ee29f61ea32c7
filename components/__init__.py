"""Widgets of the studio: each one file, each runnable alone, none knowing who uses it."""
