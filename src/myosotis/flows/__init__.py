"""One module per thing that happens: load, ask the domain, write rows, in one transaction each."""
