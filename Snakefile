# The workflow is in workflow/, where the workflow catalog looks for it; this lets `snakemake` find it from here.
include: "workflow/Snakefile"


# An included file cannot set the default target.
rule tables:
    default_target: True
    input:
        rules.all.input,
