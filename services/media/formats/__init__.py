"""Where metadata lies in each picture format: small walkers that never decode a pixel.

Every module here has one `read_blocks(file)` that returns `Blocks`: the size from the header and
the raw EXIF, XMP and IPTC blocks, each under a fixed size limit. What the blocks mean is the business of
`services.media.exif`, `.xmp` and `.iptc`. Only the standard library is imported.
"""
