"""Everything that is wrong with a person's storages, in words, with what to do about it.

Found in what the catalogue knows already: no storage is asked. Only the owner's own things are looked at.
"""

from services.problems.finding import MOST, Group, Problem, by_storage, count, files_of, page
from services.problems.solving import Problems

__all__ = ["MOST", "Group", "Problem", "Problems", "by_storage", "count", "files_of", "page"]
