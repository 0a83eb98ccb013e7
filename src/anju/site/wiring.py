"""Which handler hears which fact, which adapter serves which port, which job beats how often."""


def connect() -> None:
    """Called once when Django is ready; registers handlers, outcome codes and channel adapters."""
    from anju.site import desk

    desk.connect()
