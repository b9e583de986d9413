"""One module for each kind of figure, with a function ``draw``; ``report.registry`` lists the figures."""
