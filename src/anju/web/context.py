"""What every page of either face needs."""

from django.conf import settings
from django.http import HttpRequest


def shell(request: HttpRequest) -> dict[str, object]:
    """Bank name, for heads and titles."""
    return {"bank_name": settings.ANJU_BANK_NAME}
