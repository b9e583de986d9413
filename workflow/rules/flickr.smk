"""Flickr -> a photos table, a users table and pictures. Included only where the source is flickr.

INPUT: the Flickr API, with FLICKR_API_KEY and FLICKR_API_SECRET from the environment of the crawl alone.
OUTPUT: results/flickr/. Replies and pictures lie in corpus.flickr.folder and are no output: Snakemake
deletes the output of a job that it begins again, and nothing that was crawled may be asked twice.
"""


# The job stays on this machine: no other one gets the key, and compute nodes often have no network.
rule flickr_crawl:
    output:
        "results/flickr/crawl.json",
    log:
        "logs/flickr_crawl.log",
    localrule: True
    conda:
        ENVIRONMENT
    resources:
        mem_mb=4000,
        runtime=60 * 24 * 30,
    params:
        seed=cfg.seed,
        what=flickr_question(),
        side=cfg.corpus.flickr.pictures.side,
    message:
        "Crawling Flickr into {params.what[folder]}; progress: {log}"
    script:
        "../scripts/flickr_crawl.py"


rule flickr_tables:
    input:
        "results/flickr/crawl.json",
    output:
        photos="results/flickr/photos.parquet",
        users="results/flickr/users.parquet",
        views_log="results/flickr/views_log.parquet",
        gone="results/flickr/gone.txt",
    log:
        "logs/flickr_tables.log",
    conda:
        ENVIRONMENT
    resources:
        mem_mb=8000,
        runtime=120,
    params:
        seed=cfg.seed,
        what=flickr_question(),
        popularity=cfg.corpus.popularity.model_dump(exclude={"also"}),
        code=code("flickr.derive", script="flickr_tables"),
    message:
        "Deriving tables from the replies in {params.what[folder]}"
    script:
        "../scripts/flickr_tables.py"
