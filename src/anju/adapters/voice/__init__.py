"""Automated voice calls 自动语音电话 over SIP: a port (`port`), a book of calls on disk (`book`), and the dialler beside the worker."""
