"""The subcommands, a module each: ``add_parser`` describes one, and loads what it needs only when it runs."""
