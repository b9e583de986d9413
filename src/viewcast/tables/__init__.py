"""Tables as people really have them: read as text, then converted value by value."""
