"""The way of an order: let in, journalled, sent once, answered; and all that may change or end it on the way."""
