"""CPU time of the latent core beside its rivals, in one run on one machine."""
