from django.urls import path

from anju.web.hooks import receipts

app_name = "hooks"
urlpatterns = [path("receipts/<slug:provider>/", receipts.take, name="receipts")]
