"""Coverage, false positives, bias and width of every method, on simulated series whose truth is known."""
