"""What people do with an application, and what it answers."""
