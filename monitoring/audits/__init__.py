"""The invariants of the product, one small function each, named as the sentence it checks.

A function looks at its tables with a constant number of queries and changes nothing;
``catalogue`` gives each its code, its severity and what a repair does.
"""
