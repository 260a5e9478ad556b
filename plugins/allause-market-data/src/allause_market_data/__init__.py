"""Read, check and replay market data as an allause component."""
