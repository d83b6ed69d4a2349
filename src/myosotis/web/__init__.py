"""Pages: the patient's and the desk's. They read the store and write by flows."""
