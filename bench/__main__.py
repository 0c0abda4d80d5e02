"""Every benchmark there is, one after the other: `make bench`."""

import asyncio

from bench import matching, votes

print("Names (python -m bench.matching)")
matching.main(7)
print("\nDurable votes (python -m bench.votes)")
asyncio.run(votes.main())
