"""What the sample pictures show: one module a subject, each scene a function of a canvas and a mood."""
