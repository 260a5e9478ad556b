"""Install what is named by its path, a source checkout or a wheel, into a folder that is thrown away afterwards.

What the wheel needs and the environment lacks is installed beside it. Building a checkout runs its build code with the
rights of the caller; installing a wheel runs no code.
"""

from allause.installation.offer import Offer, installed, is_path, path_of
from allause.installation.workshop import LEFT_OUT

__all__ = ["LEFT_OUT", "Offer", "installed", "is_path", "path_of"]
