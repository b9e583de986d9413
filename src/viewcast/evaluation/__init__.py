"""What the forecasts are worth: scores, intervals, tables, protocols, baselines."""
