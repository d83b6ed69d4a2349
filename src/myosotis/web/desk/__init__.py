"""The desk: the pages in which a practice works. One folder for each area; what all share is here."""
