"""Trains what `assets/starter` ships, from the toybox alone: each part resumable, on a CPU or a GPU."""
