"""The pages of the repository as a reader uses them."""
