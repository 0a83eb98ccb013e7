"""Wiring: settings, urls, ports and handlers, command line. The only floor that knows every other."""
