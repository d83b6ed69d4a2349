"""What the API takes and gives. Times always carry a zone or offset; what it gives is in UTC."""
