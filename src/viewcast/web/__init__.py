"""A local web page over ``viewcast.predict``: the page, its JSON interface and the server that holds both."""
