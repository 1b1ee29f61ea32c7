"""How quick the studio is, measured in Chromium on a real studio: `launch.py bench studio`."""
