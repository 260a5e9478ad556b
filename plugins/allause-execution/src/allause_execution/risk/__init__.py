"""What an order must not exceed: the limits, the gate that asks them, and the vetoes that others add."""
