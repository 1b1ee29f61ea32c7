"""One page a file: `TITLE` and `build(house)`. Pages never import pages."""
