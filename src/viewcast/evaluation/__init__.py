"""How good the forecasts are: scores, intervals, tables, protocols, baselines."""
