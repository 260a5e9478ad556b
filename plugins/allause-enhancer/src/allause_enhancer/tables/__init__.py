"""Whole tables with polars: taken from any library, cleaned, ordered, and the columns added."""
