"""bot thinks and speaks: what a request means, what is true, and how it is said."""
