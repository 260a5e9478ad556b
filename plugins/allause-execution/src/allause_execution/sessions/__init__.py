"""The way to the venue: its sessions, how they fail, and how many there are."""
