"""Rules of the organisation as YAML, for people who do not write Rego: compiled to a module and its twin test.

A file ``NAME.yaml`` below the overlay is package ``org.NAME``. Each of its rules has conditions (``when``: all hold,
``unless``: none holds) and one effect. The module is what an author of Rego would write; the twin tries each rule in a
world in which its conditions hold, and in worlds in which one of them does not.
"""
