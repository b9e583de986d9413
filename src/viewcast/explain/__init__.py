"""Why: what each input weighs, what each region of a picture adds to its forecast, and which photographs to show."""
