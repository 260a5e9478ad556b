"""Clean and enrich market data with polars as an allause component."""
