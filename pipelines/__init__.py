"""Everything that makes pictures. Knows nothing of the page that asks for them."""
