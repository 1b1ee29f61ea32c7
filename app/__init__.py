"""The product: pages, library, queue and workers. No torch is ever imported on this side."""
