"""Takes on several processes or machines, by Dask distributed (the optional extra ``cluster``).

The unit is the take: a pipeline remembers what it saw, so one clip cannot be cut in two. Each take runs in a folder of
its own beside its outputs, which move to their names when all of them are whole; a worker that dies costs the time of
its take, which another worker starts anew. The outcomes come in the order of the tasks, and files hold the same bytes
as those of a run without a cluster: workers of another version, or of other code, are refused.

The only imports of Dask.
"""

from __future__ import annotations

from tryon.qa.cluster.places import Place, parse_place
from tryon.qa.cluster.run import Standing, run_takes

__all__ = ["Place", "Standing", "parse_place", "run_takes"]
