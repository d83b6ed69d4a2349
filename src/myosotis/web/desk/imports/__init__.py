"""Files of patients and visits, taken in at the desk."""
