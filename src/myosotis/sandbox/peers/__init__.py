"""The world outside, on loopback: an SMS gateway, a mail server and a push service that speak the real protocols."""
