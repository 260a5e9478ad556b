"""Configure the documentation build; a warning is an error (tox -e docs)."""

project = "allause"
author = "The allause maintainers"
project_copyright = "The allause maintainers"
extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build", "examples", "changelog/[0-9]*"]
myst_heading_anchors = 3
nitpicky = True
html_theme = "alabaster"
html_theme_options = {"description": "Discover, host and examine the components of a trading system."}
html_show_sphinx = False
