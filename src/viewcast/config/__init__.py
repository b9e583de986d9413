"""Every key with its meaning and default (``schema.py``), and the files made of them (``generate.py``)."""
