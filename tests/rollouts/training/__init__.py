"""Tests of training. What needs torch is in an environment of its own; without it those tests are skipped, and say so."""

APART = "torch and what trains with it are not installed; make train-tests has an environment with them"
