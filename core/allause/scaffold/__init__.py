"""Write the first version of a distribution with one component: complete, small, and passing every check."""

from allause.scaffold.names import Names
from allause.scaffold.project import Project, write

__all__ = ["Names", "Project", "write"]
