"""How popular will this photograph be, and why?

Khosla, Das Sarma and Hamid, *What makes an image popular?* (WWW 2014), as a library. The workflow that
runs it over a corpus is in ``workflow/``; this package knows nothing of Snakemake.
"""
