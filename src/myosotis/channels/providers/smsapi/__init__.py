"""SMS through SMSAPI.pl."""
