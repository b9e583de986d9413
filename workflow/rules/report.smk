"""Tables, models and reasons -> figures, tidy tables, and the page that people read.

Every figure in viewcast.report.registry has a rule of its own name, `figure_<name>`.
"""

#: What figures are drawn from, by the names that they use. Where the corpus lacks one, there is no file.
DRAWN_FROM = {
    "photos": ["results/corpus/photos.parquet"],
    "views_log": ["results/flickr/views_log.parquet"] if cfg.corpus.source == "flickr" else [],
    "samples": ["results/explain/samples.parquet"],
    "regions": ["results/explain/regions.h5"],
    "importance": ["results/explain/importance.csv"],
    "simple": ["results/simple.csv"],
    "scores1": ["results/details/table1.csv"],
    "forecasts": expand("results/models/{setting}/fusion/content_social.h5", setting=SETTINGS)
    + expand("results/models/{setting}/setting.h5", setting=SETTINGS),
    "coverage": ["results/coverage.csv"],
    "protocols": ["results/protocols.csv"],
} | {table: [f"results/{table}.csv"] for table in TABLES}


for figure in FIGURES.values():

    rule:
        name:
            f"figure_{figure.name}"
        input:
            **{name: DRAWN_FROM[name] for name in figure.inputs},
        output:
            svg=f"results/figures/{figure.name}.svg",
            png=f"results/figures/{figure.name}.png",
            record=f"results/figures/{figure.name}.json",
        log:
            f"logs/figures/{figure.name}.log",
        cache: CACHED
        localrule: True
        conda:
            ENVIRONMENT
        resources:
            mem_mb=growing(1000, 10),
            runtime=growing(10, 0.05),
        params:
            look={
                "name": figure.name,
                "synthetic": cfg.corpus.source == "demo",
                "unit": unit_of_target(),
                "users": cfg.report.users,
            },
            inputs=figure.inputs,
            code=code("report.drawing", figure.module.removeprefix("viewcast."), script="figure"),
        message:
            f"Drawing the figure {figure.name}"
        script:
            "../scripts/figure.py"
