"""One row after the other: the functions, interpreted and compiled, their arrays, and the pass over a whole table."""
