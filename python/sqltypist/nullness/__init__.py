"""Which columns of a query can be NULL, from its rewritten tree.

Everything here proves; what is not proven may be NULL. An expression is judged by a rule of its own
kind (`expressions`), a column by where it comes from (`references`), and both by what is known of
the row at hand (`conditions`, `joins`): a condition that came out true has proven something, and an
outer join beyond which a column is known not to be NULL has nulled nothing. Verdicts say why.

| room | holds |
|---|---|
| `verdict`, `facts`, `scope` | what is found, what is known, and from where it is seen |
| `prover` | the way in: `Prover.column` |
| `conditions` | what a condition proves when it is true, false, or not NULL |
| `joins`, `received`, `rows` | what FROM, WHERE and the query around prove; how many rows |
| `expressions`, `functions`, `aggregates`, `jsons`, `elements`, `inlining` | their rules |
| `references`, `returning`, `tablefuncs`, `tables`, `setops`, `grouping` | those of columns |
| `kinds`, `constants`, `shapes` | how the tree says things |
"""

from sqltypist.nullness.prover import Prover
from sqltypist.nullness.verdict import Verdict

__all__ = ["Prover", "Verdict"]
