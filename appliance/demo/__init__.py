"""The sample household: pictures, videos and sounds drawn on the spot for `hypomos demo`."""
