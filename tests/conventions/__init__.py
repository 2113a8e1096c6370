"""What the project holds itself to; each rule is shown to fail on a bad sample."""
