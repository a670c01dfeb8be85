"""The decisions about commissions as pure functions on plain values.

No Django, no clock, no input or output. Two things use them: the settlement, for
what is small (which rule wins, whether a policy is valid, how a line explains
itself), and the tests, for which `oracle.settle` is a slow and obvious settlement
that the SQL must equal to the fen. `docs/commissions.md` states every rule in words.

| module         | decides                                                        |
| -------------- | -------------------------------------------------------------- |
| `values`       | the vocabulary: rules, brackets, instalments, conditions       |
| `problems`     | what can be wrong in a policy file, and how it is said         |
| `fields`       | reads one JSON value: text, day, decimal, whole number         |
| `rule_reader`  | reads one rule of a policy file                                |
| `policy`       | reads, validates and writes a policy file                      |
| `resolution`   | which rule prices a record                                     |
| `brackets`     | which bracket, and what is odd in a bracket table              |
| `pricing`      | total commission and its instalments                           |
| `conditions`   | whether an instalment is paid, and what data that takes        |
| `totals`       | pool, subsidy, deduction, penalty, statement                   |
| `admission`    | whether a period may be settled at all                         |
| `world`        | everything that a settlement reads, as plain values            |
| `oracle`       | a whole settlement of one county                               |
"""
