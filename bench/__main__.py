"""Every benchmark there is, one after the other: `make bench`."""

import asyncio

from bench import grammar, matching, votes

print("Names (python -m bench.matching)")
matching.main(7)
print("\nDurable votes (python -m bench.votes)")
asyncio.run(votes.main())
print("\nThe slowest line to read (python -m bench.grammar)")
grammar.main(20)
