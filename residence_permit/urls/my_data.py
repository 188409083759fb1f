"""My data: to read, as a file, who looked, corrected, deleted."""

from django.urls import path

from residence_permit.views import my_data

urlpatterns = [
    path("my/data/", my_data.home, name="my-data"),
    path("my/data/readable/", my_data.readable, name="my-data-readable"),
    path("my/data/file.json", my_data.machine, name="my-data-machine"),
    path("my/data/looks/", my_data.looked_at, name="my-data-looks"),
    path("my/data/looks/<int:person_id>/", my_data.looked_at, name="my-data-looks-of"),
    path("my/data/correction/", my_data.correction, name="my-data-correction"),
    path("my/data/correction/<int:person_id>/", my_data.correction, name="my-data-correction-of"),
    path("my/data/deletion/", my_data.delete, name="my-data-deletion"),
    path("my/data/closure/", my_data.close, name="my-data-closure"),
]
