"""A person's own settings of recipes are kept by recipe and name, and outlive the studio."""

from app.library import Library
from app.presets import Presets


def test_presets_are_kept_by_recipe_and_name_and_last(store, settings, library):
    presets = Presets(library)
    assert presets.of("svdiff") == {}
    presets.keep("svdiff", "Quick", {"steps": 90})
    presets.keep("svdiff", "Careful", {"steps": 900, "rate": 1e-4})
    presets.keep("perfusion", "Quick", {"steps": 20})
    presets.keep("svdiff", "Quick", {"steps": 80})  # over what was there
    again = Presets(Library(store, settings))
    assert again.of("svdiff") == {"Quick": {"steps": 80}, "Careful": {"steps": 900, "rate": 1e-4}}
    again.drop("svdiff", "Quick")
    again.drop("svdiff", "one that is not there")
    assert list(presets.of("svdiff")) == ["Careful"] and presets.of("perfusion") == {"Quick": {"steps": 20}}
