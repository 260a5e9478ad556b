"""What a terminal can show: how wide, which colours, columns that line up. Imports nothing slow."""
