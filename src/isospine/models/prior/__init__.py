"""The self-supervised prior and its population form."""
