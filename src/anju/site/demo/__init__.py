"""The demonstration 演示支行: a branch with a past, lived through the same operations as production."""
