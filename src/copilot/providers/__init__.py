"""The model services, one file each behind one Protocol (`base`). Called by `ai` and made by `assembly`.

A provider file imports its SDK inside its functions, no other provider, no tools and no configuration.
"""
