"""With whom the practice sends."""
