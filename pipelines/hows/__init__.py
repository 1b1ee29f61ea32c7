"""The ways to compose regions, each a small file without torch: what it does, its knobs, what it costs.

Costs are measured on the starter, on two cores: steps in which a way is at work beside plain ones, in turn, one thread,
CPU time, the ratio of medians of three; two and four regions, with words alone and with a LoRA each. What pushes may
rest sooner, and then costs less.
"""
