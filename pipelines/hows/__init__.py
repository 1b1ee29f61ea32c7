"""The ways to compose regions, each a small file without torch: what it does, its knobs, what it costs."""
