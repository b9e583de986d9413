"""What each feature beyond those of the content model adds to it, without and with the social cues."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from viewcast.corpus.settings import Setting
from viewcast.evaluation.intervals import estimate_all
from viewcast.evaluation.scores import score_setting
from viewcast.evaluation.tables import Column, add_comparison, add_notes, make_table
from viewcast.forecasts import Forecasts
from viewcast.svr import Backend, SVRParameters
from viewcast.training import train_fusion

NOTHING, EVERYTHING = "nothing", "everything"


def ablation_table(
    settings: Sequence[Setting],
    models: Mapping[str, Sequence[tuple[str, Forecasts]]],
    parameters: SVRParameters,
    *,
    nonnegative: bool,
    clip: bool,
    backend: Backend | None = None,
    resamples: int,
    seed: int,
) -> pd.DataFrame:
    """The content model alone, with each feature beyond it, and with all of them.

    Each feature is a stage of its own: a regression on the out-of-fold forecasts of the content model, of the feature's
    model and, with the cues, of the social model (``training.train_fusion``), whatever ``fusion.method`` is. The paper
    has no such table.

    :param models: setting or protocol -> pairs of a kind (``fusion``: the content model; ``beyond``; ``social``) and a
        model.
    :param parameters: of the fusions; :param nonnegative, clip: as for ``train_fusion``.
    :param resamples, seed: of :func:`viewcast.evaluation.intervals.estimate`.
    :returns: for each setting a row ``nothing``, one for each feature, and ``everything`` where they are several, in
        the columns of :func:`~viewcast.evaluation.tables.make_table`: ``alone``, ``content`` and ``content_social``
        with the feature, and what it adds to each, ``over_content`` and ``over_content_social``.
    """
    rows = []
    for setting in settings:
        own = models.get(setting.name, [])
        content = [model for kind, model in own if kind == "fusion"]
        social = [model for kind, model in own if kind == "social"]
        beyond = [model for kind, model in own if kind == "beyond"]
        added: dict[str, list[Forecasts]] = {NOTHING: []} | {model.name: [model] for model in beyond}
        if len(beyond) > 1:
            added[EVERYTHING] = beyond
        fused = [("beyond", model) for model in beyond]
        for name, parts in added.items() if not setting.unavailable else ():
            for with_cues in [[], social] if social else [[]]:
                stages = [*content, *parts, *with_cues]
                model = content[0]
                if len(stages) > 1:
                    model = train_fusion(
                        setting, _name(name, bool(with_cues)), stages, parameters, nonnegative=nonnegative, clip=clip,
                        backend=backend,
                    )  # fmt: skip
                fused.append(("fusion", model))
        estimates = estimate_all([setting], {setting.name: fused}, None, resamples=resamples, seed=seed)
        scores = score_setting(setting, fused, None)
        for name in added:
            columns: list[Column] = [("alone", "beyond", name)]
            columns += [(_name(NOTHING, cues), "fusion", _name(name, cues)) for cues in (False, True)]
            table = make_table([setting], scores, columns, estimates)
            for cues in (False, True) if name != NOTHING else ():
                than = _name(NOTHING, cues)
                table = add_comparison(
                    table, f"over_{than}", estimates, ("fusion", _name(name, cues)), ("fusion", than)
                )
            table.insert(1, "added", name)
            rows.append(add_notes(table, [setting], models).iloc[0].to_dict())
    return pd.DataFrame(rows).fillna("n/a")


def _name(added: str, cues: bool) -> str:
    return "_".join(["content", *([added] if added != NOTHING else []), *(["social"] if cues else [])])
