"""What is known of orders, positions and cash: a function of the events that are journalled."""
