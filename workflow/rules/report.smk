"""Tables, models and reasons -> figures, tidy tables, and the page that people read.

Every figure in viewcast.report.registry has a rule of its own name, `figure_<name>`.
"""

#: What figures are drawn from, by the names that they use.
DRAWN_FROM = {
    "photos": ["results/corpus/photos.parquet"],
    "growth": ["results/explain/growth.json"],
    "samples": ["results/explain/samples.parquet"],
    "regions": ["results/explain/regions.h5"],
    "importance": ["results/explain/importance.csv"],
    "simple": ["results/simple.csv"],
    "scores1": ["results/details/table1.csv"],
    "forecasts": [
        f"results/models/{setting}/{file}.h5"
        for file in ("fusion/content_social", "fusion/content", "setting")
        for setting in SETTINGS
    ],
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
            svg=report(
                f"results/figures/{figure.name}.svg",
                caption="../report/figure.rst",
                category="Figures",
                labels={"figure": figure.title},
            ),
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
            }
            # Only where it is read: another figure need not be drawn again for it.
            | ({"mean_views": cfg.social.mean_views} if "protocols" in figure.inputs else {}),
            inputs=figure.inputs,
            caption=figure.caption,
            code=code("report.drawing", figure.module.removeprefix("viewcast."), script="figure"),
        message:
            f"Drawing the figure {figure.name}"
        script:
            "../scripts/figure.py"


rule layout:
    input:
        "results/{table}.csv",
    output:
        tex="results/{table}.tex",
        md="results/{table}.md",
    log:
        "logs/layout/{table}.log",
    cache: CACHED
    localrule: True
    conda:
        ENVIRONMENT
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    params:
        which=which,
        synthetic=cfg.corpus.source == "demo",
        code=code("report.layout", script="layout"),
    message:
        "Setting {wildcards.table} as LaTeX and Markdown"
    script:
        "../scripts/layout.py"


rule tidy:
    input:
        tables=expand("results/{table}.csv", table=TABLES),
        simple="results/simple.csv",
        baselines="results/baselines.csv",
        protocols="results/protocols.csv",
        pairs="results/pairs.csv",
        ablation=["results/ablation.csv"] if BEYOND else [],
    output:
        report(
            "results/tidy/scores.csv",
            caption="../report/tidy.rst",
            category="Tables",
            labels={"table": "all scores", "content": "one a row"},
        ),
    log:
        "logs/tidy.log",
    cache: CACHED
    localrule: True
    conda:
        ENVIRONMENT
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    params:
        tables=list(TABLES),
        code=code("report.tidy", script="tidy"),
    message:
        "Writing every score into one long table"
    script:
        "../scripts/tidy.py"


# Not cached: the page tells of the run that made it, its time and its machine.
rule report:
    input:
        **{
            kind: expand("results/figures/{figure}.{suffix}", figure=FIGURES, suffix=suffix)
            for kind, suffix in {"svg": "svg", "png": "png", "record": "json"}.items()
        },
        tables=expand("results/{table}.csv", table=TABLES),
        details=expand("results/details/{table}.csv", table=TABLES),
        photos="results/corpus/photos.parquet",
        summary="results/corpus/summary.json",
        problems="results/corpus/problems.csv",
        simple="results/simple.csv",
        baselines="results/baselines.csv",
        protocols="results/protocols.csv",
        coverage="results/coverage.csv",
        pairs="results/pairs.csv",
        importance=DRAWN_FROM["importance"],
        ablation=["results/ablation.csv"] if BEYOND else [],
    output:
        report(
            "results/report.html",
            caption="../report/page.rst",
            category="The page",
            labels={"page": "what was found"},
        ),
    log:
        "logs/report.log",
    localrule: True
    conda:
        ENVIRONMENT
    resources:
        mem_mb=growing(1000, 20),
        runtime=growing(10),
    params:
        tables=list(TABLES),
        figures=list(FIGURES),
        page={
            "configuration": cfg.model_dump(mode="json"),
            "defaults": load_config({}).model_dump(mode="json"),
            "versions": {"snakemake": snakemake.__version__},
            "synthetic": cfg.corpus.source == "demo",
            "unit": unit_of_target(),
            "pictures": cfg.report.pictures,
            "users": cfg.report.users,
        },
        templates=digest_of(TEMPLATES),
        code=code("report.page", script="report"),
    message:
        "Writing the page, results/report.html"
    script:
        "../scripts/report.py"
