"""Files taken in, by whichever door: read by `intake`, written by `flows`, reported row by row."""
