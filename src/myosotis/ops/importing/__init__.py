"""Files taken in from the command line: read by `intake`, written by `flows`, reported row by row."""
