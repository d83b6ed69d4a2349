"""The addresses of patients. Ids stand in them, names never."""

from django.urls import path

from myosotis.web.desk.patients import agreeing, card, data, edit, merge, search, undoing

urlpatterns = [
    path("patients", search.patients, name="patients"),
    path("patients/find", search.find, name="patient_find"),
    path("patients/new", edit.new, name="patient_new"),
    path("patients/check", edit.check, name="patient_check"),
    path("patients/doubles", merge.doubles, name="patient_doubles"),
    path("patients/<int:patient_id>", card.patient, name="patient"),
    path("patients/<int:patient_id>/edit", edit.edit, name="patient_edit"),
    path("patients/<int:patient_id>/undo", undoing.undo, name="patient_undo"),
    path("patients/<int:patient_id>/consents/<slug:purpose>/give", agreeing.give, name="consent_give"),
    path("patients/<int:patient_id>/consents/<slug:purpose>/withdraw", agreeing.withdraw, name="consent_withdraw"),
    path("patients/<int:patient_id>/app/end", agreeing.end_app, name="patient_app_end"),
    path("patients/<int:patient_id>/merge", merge.choose, name="patient_merge"),
    path("patients/<int:patient_id>/merge/<int:double_id>", merge.two, name="patient_merge_two"),
    path("patients/<int:patient_id>/export", data.export, name="patient_export"),
    path("patients/<int:patient_id>/erase", data.erase, name="patient_erase"),
]
