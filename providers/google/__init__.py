"""Google: an OpenID Connect provider with a consent page and people made of data."""
