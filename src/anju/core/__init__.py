"""Pure rules of a mortgage desk: values in, values out.

No Django, no I/O, no clock, no settings, no randomness. Time is an argument, money is integer fen, rates are
integer ppm (parts per million a year: 3.50 % = 35 000). Importing this package imports nothing heavy; numpy
is used only inside `anju.core.engine`.
"""
