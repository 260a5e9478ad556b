"""Trade through restarts and kills for as long as is asked, and examine what is left after each of them."""

from allause_execution.soak.examination import examine
from allause_execution.soak.life import live
from allause_execution.soak.run import Summary, soak

__all__ = ["Summary", "examine", "live", "soak"]
