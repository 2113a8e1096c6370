"""Reference posteriors of the latent model by long runs of NUTS; see ``README.md`` beside this file."""
