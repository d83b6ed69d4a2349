"""The subcommands, each in a module: `arguments(parser)` and `run(arguments) -> exit code`."""
