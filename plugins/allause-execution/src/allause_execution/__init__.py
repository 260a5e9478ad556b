"""Place orders once, whatever happens, as an allause component."""
