"""The rules of the product: plain values in, plain values out. No Django, no clock."""
