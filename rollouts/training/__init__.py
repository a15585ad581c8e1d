"""Training a model on what it, or somebody else, did here: `corecraft train` (docs/training.md).

What needs no tensors (dialogue, selection, objective, curves, card) imports none. All else is loaded when something is to be
trained, through `libraries`, which says what is missing.
"""
